-- A corpus that can be passed on: present articles of licensed sources whose publishers reserve nothing, each text once.
-- `newsmill sql docs/examples/rights_clean.sql --format parquet --output corpus.parquet` writes it: the same lake gives
-- the same rows in the same order.
SELECT
    articles_current.article_id,
    articles_current.version_id,
    articles_current.source_id,
    captures.usage_terms,
    articles_current.in_language,
    articles_current.published_on,
    articles_current.headline,
    articles_current.article_body,
    articles_current.content_sha256
FROM articles_current
JOIN captures USING (capture_id)
LEFT JOIN duplicates
    ON (duplicates.article_id, duplicates.version_id) = (articles_current.article_id, articles_current.version_id)
WHERE captures.usage_terms LIKE 'CC%'
  AND captures.tdm_reserved IS DISTINCT FROM true
  AND coalesce(duplicates.is_representative, true)
  AND articles_current.word_count >= 50
ORDER BY articles_current.article_id;
