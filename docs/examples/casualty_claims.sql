-- How many were killed or wounded, according to whom, in how many independent stories?
-- Copies of one text count as one story: each article stands for its cluster in `duplicates`, or for itself.
SELECT
    event,
    coalesce(place, '?') AS place,
    coalesce(claimant, 'nobody named') AS claimant,
    qualifier,
    value_low AS low,
    value_high AS high,
    count(DISTINCT coalesce(cluster_id, claims_current.article_id)) AS stories,
    count(DISTINCT claims_current.article_id) AS articles
FROM claims_current
LEFT JOIN duplicates USING (article_id, version_id)
WHERE event IN ('KILL', 'WOUND') AND unit = 'people' AND modality <> 'denied'
GROUP BY ALL
ORDER BY stories DESC, articles DESC, event, place, claimant, low, high, qualifier
LIMIT 20;
