-- Silent edits: texts that changed without a word about it, with the numbers that went and came.
WITH edits AS (FROM changes WHERE NOT declared AND old_source_id = new_source_id),
figures AS (
    SELECT capture_id, list_sort(list(DISTINCT raw_text)) AS numbers
    FROM claims
    WHERE capture_id IN (SELECT unnest([old_capture_id, new_capture_id]) FROM edits)
    GROUP BY capture_id
)
SELECT
    edits.new_source_id AS source_id,
    edits.changed_at,
    edits.old_headline,
    if(edits.new_headline = edits.old_headline, NULL, edits.new_headline) AS new_headline,
    list_filter(old.numbers, lambda n: NOT list_contains(coalesce(new.numbers, []), n)) AS numbers_gone,
    list_filter(new.numbers, lambda n: NOT list_contains(coalesce(old.numbers, []), n)) AS numbers_new,
    edits.url
FROM edits
LEFT JOIN figures AS old ON old.capture_id = edits.old_capture_id
LEFT JOIN figures AS new ON new.capture_id = edits.new_capture_id
ORDER BY edits.changed_at DESC, edits.url;
