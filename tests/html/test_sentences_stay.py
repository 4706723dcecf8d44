"""Sentences of an article that look like what stands around articles, and stay."""

import pytest
from lxml import html

from pipeline.html.blocks import read_blocks
from pipeline.html.boilerplate import Stated, boilerplate
from tests.html.elmtown import STATED, after, before, line, paragraph, reasons


@pytest.mark.parametrize(
    ("title", "text"),
    [
        ("Earthquake strikes Altwarp", "Earthquake strikes Altwarp, killing three people, police say."),
        ("Wetter", "Das Wetter bleibt in Altwarp mild."),
        ("Brexit", "Brexit has cost the town its fish market."),
        ("橋が再開", "エルム町の橋が再開した、と町長が月曜日に発表した。"),
        ("สะพานเปิด", "สะพานเปิดอีกครั้งในวันจันทร์หลังจากซ่อมมาสองปี"),
        ("पुल खुला", "एल्म नगर का पुराना पुल खुला और लोग खुश हैं।"),
    ],
)
def test_a_first_sentence_that_has_the_title_in_it_stays(title: str, text: str) -> None:
    assert before(line(text), stated=Stated(title)) == [None]


@pytest.mark.parametrize(
    ("opening", "reason"),
    [
        ('<h2 id="social-media">The ban of telephones</h2>', None),
        ('<h2 id="cookies">What the baker sells</h2>', None),
        ('<p id="social-media-ban">A ban of telephones is to come</p>', None),
        ('<section id="comments-by-the-mayor"><p>The mayor was pleased</p></section>', None),
        ('<section id="comments"><p>The mayor was pleased</p></section>', "comments"),
        ('<h2 class="newsletter__heading">The bridge by letter</h2>', "call_to_action"),
    ],
)
def test_ids_that_repeat_the_words_of_a_heading_say_nothing(opening: str, reason: str | None) -> None:
    text = "".join(f"<p>{paragraph(number).text}</p>" for number in range(6))
    blocks = read_blocks(html.document_fromstring(f"<body>{text}{opening}{text}</body>")).blocks
    assert boilerplate(blocks, STATED)[6] == reason


SENTENCES = """\
This video shows the moment the bridge collapsed and the cars fell.
Your privacy is at risk when hospitals sell data to brokers, the report says.
All content on the site was removed by the authorities on Monday.
No part of this region has been spared by the flood.
Distributed by volunteers, the food reached the village at night.
The men entered the power station without permission, police said.
He apologised on Facebook and Twitter.
The island can be reached at low tide only.
Register to vote by Friday, the mayor told the students.
Already a member of the club, she was asked to lead it.
You have used your time well, the judge told the boy.
Login to the system failed for 3,000 pupils on the first day.
The song may not be reproduced in schools, the court found.
The letters of the bank are now sent to your inbox.
Photo by photo, the family went through the album of the year.
Posted to Altwarp in 2015, the officer was shot on 3 March 2017.
Thank you.
No comments.
Next.
Einen Monat nach dem Hochwasser ist die Brücke wieder offen.
Im ersten Monat nach der Wahl tagte der Rat dreimal.
Sie haben bereits 400 Unterschriften gesammelt.
Zur Anzeige kam es erst am Montag.
An dieser Stelle steht seit 1912 ein Denkmal.
Dieses Video hat die Stadt verändert.
Die Polizei bat auf Facebook und Twitter um Hinweise.
Mit einer Spende von 500 Euro half der Verein.
Alle Inhalte der Rede waren vorher bekannt.
Um die Inhalte des Vertrags wird noch gestritten.
Ihre Privatsphäre sei verletzt worden, sagte die Frau.
Ich bin einverstanden, sagte der Bürgermeister.
Noch nicht registriert sind in der Stadt 300 Hunde.
O vídeo circulou nas redes sociais.
Nas redes sociais, o presidente lamentou a morte do escritor.
O grupo publicou a ameaça em um canal no Telegram.
Para ler o processo, o juiz pediu dez dias.
El alcalde lo anunció en su canal de Telegram.
Para leer el acta hicieron falta dos horas.
Accede a la presidencia tras veinte años en el partido.
Foto de familia: los ministros posaron ante el puente.
Pour continuer la lutte, le syndicat cherche des fonds.
Sans engagement de l'État, le pont ne sera pas refait.
Il vous reste dix jours pour payer, a dit le maire.
La salle est réservée aux abonnés du théâtre.
Per leggere la sentenza ci sono volute due ore.
Questo sito usa l'energia del fiume.
För att visa sitt stöd samlades hundratals på torget.
For å lese dommen brukte retten to timer.
For at læse dommen brugte retten to timer.
Deze inhoud van het verdrag was al bekend.
Aby przeczytać wyrok, sąd potrzebował dwóch godzin.
Pro pokračování stavby hlasovalo deset zastupitelů.
Pentru a continua lucrările, primăria caută bani.
Acest articol este din constituție, a spus judecătorul.
A folytatáshoz pénz kell, mondta a polgármester.
Tämä artikkeli on perustuslaissa, sanoi tuomari.
Чтобы продолжить работу, мэр попросил денег.
При цитировании доклада министр ошибся дважды.
Щоб продовжити роботу, мер попросив грошей.
Giriş yapın denilince kapıdaki herkes içeri girdi.
残り10人は翌日の朝に近くの山の中で見つかり、病院に運ばれたと警察が発表した。
この先は危険だと町長は言った。
続きは来週の会議で話し合うことになったと市の担当者は記者団に説明した。
登録すると市から毎月五千円の補助が出る制度で、来年の春に始まる予定だ。
ログインしていた生徒は三千人に上ったと学校は説明した。
会員限定の集会で町長は橋の建て替えを約束したと参加者は話している。
無断転載された写真をめぐり、裁判所は新聞社の訴えを認めた。
로그인 후 3분 만에 돈이 사라졌다고 경찰은 말했다.
유료 회원 4만 명의 정보가 지난달 새어 나갔다고 회사가 밝혔다.
사진 속 남성은 시장의 동생이라고 경찰이 밝혔다.
출처 불명의 돈이 시장의 집에서 나왔다.
未经授权的无人机周一在机场附近被警方击落。
摄影协会周一选出了新的主席和三名副主席。
版权所有人周一向法院起诉了这家出版社。"""


@pytest.mark.parametrize("text", SENTENCES.splitlines())
def test_a_sentence_with_one_stock_phrase_stays(text: str) -> None:
    assert reasons(line(text)) == [None]
    assert reasons(line(text), line("The mayor was pleased.")) == [None, None]


@pytest.mark.parametrize(
    "text",
    [
        "Full list of winners",
        "More about the victims",
        "More on the strike",
        "Register to vote",
        "Mehr über den Täter",
        "Hintergrund",
        "Kommentar",
        "Facebook",
        "Thank you",
    ],
)
def test_a_subhead_that_sounds_like_that_of_a_box_takes_no_prose_along(text: str) -> None:
    section = f"<section><h3>{text}</h3><p>The prize went to the school of Elmtown.</p><p>The mayor wept.</p></section>"
    prose = "".join(f"<p>{paragraph(number).text}</p>" for number in range(8))
    blocks = read_blocks(html.document_fromstring(f"<body>{prose}{section}{prose}</body>")).blocks
    assert boilerplate(blocks, STATED)[9:11] == [None, None]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("Ann Example: Why do you strike?", None),
        ("Ann Example: We strike for the bridge", None),
        ("Ann Example wins the Altwarp prize.", None),
        ("14:30 - 3 dead, 12 hurt in Altwarp 2021", None),
        ("On 12 March 2019 and 14 March 2019 it rained in Altwarp", None),
        ("Ann Example: 12 March 2031", "byline"),
        ("By: Ann Example", "byline"),
        ("By Ann Example.", "byline"),
        ("Ann Example, correspondent in Altwarp", "byline"),
        ("12 de marzo de 2031 a las 14:30", "byline"),
    ],
)
def test_words_of_an_author_and_sentences_with_dates_are_no_bylines(text: str, reason: str | None) -> None:
    assert before(line("Elmtown rebuilds its bridge", "h1"), line(text)) == ["title", reason]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("Join our fight, she said.", None),
        ("Stay informed and stay calm, said the mayor.", None),
        ("Reporting by women on the war is rare, she says.", None),
        ("Unterstützen Sie die Wehr, bat der Landrat.", None),
        ("Reporting by Bob Sample and Jo Other in Elmtown.", "credit"),
        ("Bob Sample contributed to this report.", "credit"),
        ("Mit Agenturmaterial.", "credit"),
        ("Subscribe to our letter, or write to desk@elmpost.example.", "call_to_action"),
    ],
)
def test_a_last_sentence_stays_unless_more_than_its_first_words_calls_or_credits(text: str, reason: str | None) -> None:
    assert after(line(text)) == [reason]
