-- What can be passed on: present articles of licensed sources whose publishers reserve nothing, each text once.
-- The list says which and under which terms; the texts themselves come by
--   newsmill sql docs/examples/rights_clean.sql --format parquet --output clean.parquet
--   newsmill export corpus --where "capture_id IN (SELECT capture_id FROM 'clean.parquet')"
SELECT
    captures.source_id,
    captures.usage_terms,
    captures.url,
    captures.article_id,
    captures.capture_id,
    captures.content_sha256
FROM captures
SEMI JOIN shown_at('infinity') AS present ON present.capture_id = captures.capture_id
ANTI JOIN (FROM duplicates WHERE NOT is_representative) AS copies
    ON (copies.article_id, copies.version_id) = (captures.article_id, captures.version_id)
WHERE captures.usage_terms LIKE 'CC%' AND captures.tdm_reserved IS DISTINCT FROM true
ORDER BY captures.source_id, captures.capture_id;
