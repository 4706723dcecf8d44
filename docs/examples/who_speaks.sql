-- Who gets to speak: the speakers with the largest share of all words that a source quotes, and in how many articles.
WITH spoken AS (
    SELECT
        left(batch_id, -11) AS source_id,
        speaker,
        count(DISTINCT article_id) AS articles,
        count(*) AS quotes,
        sum(len(string_split(quotation, ' '))) AS words
    FROM quotes_current
    WHERE kind IN ('direct', 'mixed') AND speaker_kind = 'person' AND attribution_confidence >= 0.7
    GROUP BY ALL
)
SELECT *, round(words / sum(words) OVER (PARTITION BY source_id), 3) AS share
FROM spoken
ORDER BY words DESC, source_id, speaker
LIMIT 20;
