-- Who gets to speak: the speakers with the largest share of all words that a source quotes, and in how many articles.
WITH spoken AS MATERIALIZED (
    SELECT left(batch_id, -11) AS source_id, speaker, article_id, len(string_split(quotation, ' ')) AS words
    FROM quotes_current
    WHERE kind IN ('direct', 'mixed') AND speaker_kind = 'person' AND attribution_confidence >= 0.7
),
shares AS (
    SELECT source_id, speaker, count(*) AS quotes, sum(words) AS words,
        round(sum(words) / sum(sum(words)) OVER (PARTITION BY source_id), 3) AS share
    FROM spoken
    GROUP BY source_id, speaker
    ORDER BY words DESC, source_id, speaker
    LIMIT 20
)
-- Articles are counted of these twenty alone: to tell them apart for everybody takes as long as all else.
SELECT source_id, speaker, count(DISTINCT article_id) AS articles, quotes, shares.words, share
FROM shares
JOIN spoken USING (source_id, speaker)
GROUP BY ALL
ORDER BY shares.words DESC, source_id, speaker;
