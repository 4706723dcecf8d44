-- How many were killed or wounded, according to whom, in how many independent stories?
-- Copies of one text count as one story: each article stands for its cluster in `duplicates`, or for itself.
WITH stories AS (
    SELECT articles_current.article_id, coalesce(duplicates.cluster_id, articles_current.article_id) AS story
    FROM articles_current
    LEFT JOIN duplicates USING (article_id, version_id)
)
SELECT
    claims_current.event,
    coalesce(claims_current.place, '?') AS place,
    coalesce(claims_current.claimant, 'nobody named') AS claimant,
    claims_current.qualifier,
    claims_current.value_low AS low,
    claims_current.value_high AS high,
    count(DISTINCT story) AS stories,
    count(DISTINCT claims_current.article_id) AS articles
FROM claims_current
JOIN stories USING (article_id)
WHERE claims_current.event IN ('KILL', 'WOUND') AND claims_current.unit = 'people' AND claims_current.modality <> 'denied'
GROUP BY ALL
ORDER BY stories DESC, articles DESC, event, place, claimant, low, high, qualifier
LIMIT 20;
