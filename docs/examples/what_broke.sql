-- What broke in the last night: what each source lost, and why, with one example of each.
SELECT
    rejects.source_id,
    rejects.stage,
    rejects.reason,
    count(*) AS lost,
    round(count(*) / any_value(source_stats.captures), 3) AS of_captures,
    min(rejects.detail) AS for_example
FROM rejects
JOIN source_stats USING (batch_id)
WHERE source_stats.batch_date = (SELECT max(batch_date) FROM source_stats)
GROUP BY ALL
ORDER BY lost DESC, rejects.source_id, rejects.stage, rejects.reason;
