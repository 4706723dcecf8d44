-- Who gets to speak: the speakers with the largest share of all words that a source quotes, and in how many articles.
WITH spoken AS (
    SELECT
        articles_current.source_id,
        quotes_current.speaker,
        count(DISTINCT quotes_current.article_id) AS articles,
        count(*) AS quotes,
        sum(len(string_split(quotes_current.quotation, ' '))) AS words
    FROM quotes_current
    JOIN articles_current USING (article_id)
    WHERE quotes_current.kind IN ('direct', 'mixed')
      AND quotes_current.speaker_kind = 'person'
      AND quotes_current.attribution_confidence >= 0.7
    GROUP BY ALL
)
SELECT *, round(words / sum(words) OVER (PARTITION BY source_id), 3) AS share
FROM spoken
ORDER BY words DESC, source_id, speaker
LIMIT 20;
