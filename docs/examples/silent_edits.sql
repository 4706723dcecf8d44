-- Silent edits: texts that changed without a word about it, with the numbers that went and came.
WITH figures AS (
    SELECT article_id, version_id, list_sort(list_distinct(list(raw_text))) AS numbers FROM claims GROUP BY ALL
)
SELECT
    changes.new_source_id AS source_id,
    changes.changed_at,
    changes.old_headline,
    if(changes.new_headline = changes.old_headline, NULL, changes.new_headline) AS new_headline,
    list_filter(old.numbers, lambda n: NOT list_contains(coalesce(new.numbers, []), n)) AS numbers_gone,
    list_filter(new.numbers, lambda n: NOT list_contains(coalesce(old.numbers, []), n)) AS numbers_new,
    changes.url
FROM changes
LEFT JOIN figures AS old ON (old.article_id, old.version_id) = (changes.article_id, changes.old_version_id)
LEFT JOIN figures AS new ON (new.article_id, new.version_id) = (changes.article_id, changes.new_version_id)
WHERE NOT changes.declared AND changes.old_source_id = changes.new_source_id
ORDER BY changes.changed_at DESC, changes.url;
