-- Who gets to speak: the speakers with the largest share of all words that a source quotes, and in how many articles.
WITH spoken AS MATERIALIZED (
    SELECT left(batch_id, -11) AS source_id, speaker, article_id, len(string_split(quotation, ' ')) AS words
    FROM quotes_current
    WHERE kind IN ('direct', 'mixed') AND speaker_kind = 'person' AND attribution_confidence >= 0.7
),
sources AS (SELECT source_id, sum(words) AS words FROM spoken GROUP BY source_id),
loudest AS (
    SELECT source_id, speaker, count(*) AS quotes, sum(words) AS words
    FROM spoken
    GROUP BY source_id, speaker
    ORDER BY words DESC, source_id, speaker
    LIMIT 20
)
-- Articles are counted of these twenty alone: to tell them apart for everybody takes as long as all else.
SELECT
    source_id,
    speaker,
    count(DISTINCT article_id) AS articles,
    quotes,
    loudest.words,
    round(loudest.words / sources.words, 3) AS share
FROM loudest
JOIN sources USING (source_id)
JOIN spoken USING (source_id, speaker)
GROUP BY ALL
ORDER BY loudest.words DESC, source_id, speaker;
