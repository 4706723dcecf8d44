-- Questions about history and copies, asked of the tables of the lake. Every object here is a view or a macro; none holds data.
--
--   sightings                     when was an article seen, and with which text
--   article_versions              every text that an article ever had, once
--   articles_current              the articles as they stand now
--   articles_asof(t)              the articles as they stood at a time
--   quotes_current ...            the children of the articles as they stand now
--   changes                       old and new text of an article side by side
--   since(batch_or_time)          what is new or changed since a time, or since a night
--   articles_unique               the articles as they stand now, one of each story that several have
--   wire_copies                   copies beside their originals at other publishers
--   source_stats                  what each source gave in each batch
--
-- The latest of several rows is the one with the latest time; of equal times the one of the later batch, then the one
-- with the greater capture_id. So one lake gives one answer.


-- sightings: an article row is a sighting of its text, and so is a later capture that found the same text again.
-- What shows the text at a sighting is the latest article row with that text up to then (row_capture_id). A capture that
-- confirms a text of which no row is stored, as after a change of the extractor, says nothing new and is left out.
-- Only texts that were confirmed are traced: most never are, and a window over all takes 0.4 CPU seconds a million rows.
-- Kept for its two readers, stored would take 0.1 CPU seconds more than to read it twice: the second time only what was confirmed.
CREATE OR REPLACE VIEW sightings AS
WITH confirmed AS (
    SELECT
        article_id,
        CASE WHEN outcome <> 'taken_down' THEN version_id END AS version_id,
        fetch_time AS seen_at,
        outcome,
        source_id,
        batch_id,
        capture_id
    FROM captures
    WHERE outcome IN ('unchanged', 'not_modified', 'taken_down') AND article_id IS NOT NULL
),
stored AS NOT MATERIALIZED (
    SELECT article_id, version_id, valid_from AS seen_at, 'extracted' AS outcome, source_id, batch_id, capture_id
    FROM articles
),
traced AS (
    SELECT
        *,
        last_value(CASE WHEN outcome = 'extracted' THEN capture_id END IGNORE NULLS) OVER same_text AS row_capture_id
    FROM (FROM confirmed UNION ALL FROM stored SEMI JOIN confirmed USING (article_id, version_id))
    WINDOW same_text AS (
        PARTITION BY article_id, version_id
        ORDER BY seen_at, try_cast(right(batch_id, 10) AS DATE), capture_id
    )
)
SELECT
    article_id,
    version_id,
    seen_at,
    outcome,
    source_id,
    batch_id,
    try_cast(right(batch_id, 10) AS DATE) AS batch_date,
    capture_id,
    row_capture_id
FROM (
    SELECT *, capture_id AS row_capture_id FROM stored
    UNION ALL
    FROM traced WHERE outcome = 'taken_down' OR (outcome <> 'extracted' AND row_capture_id IS NOT NULL)
);

COMMENT ON VIEW sightings IS 'Every moment at which an article was seen, with the text it had then, or at which it was taken down.';
COMMENT ON COLUMN sightings.article_id IS 'The article.';
COMMENT ON COLUMN sightings.version_id IS 'The text it had; null when it was taken down.';
COMMENT ON COLUMN sightings.seen_at IS 'When the capture was made.';
COMMENT ON COLUMN sightings.outcome IS 'extracted, unchanged, not_modified or taken_down, as in captures.';
COMMENT ON COLUMN sightings.source_id IS 'The source that saw it.';
COMMENT ON COLUMN sightings.batch_id IS 'The batch of the capture.';
COMMENT ON COLUMN sightings.batch_date IS 'The date of that batch.';
COMMENT ON COLUMN sightings.capture_id IS 'The capture.';
COMMENT ON COLUMN sightings.row_capture_id IS 'The capture_id of the rows in articles, quotes, claims ... that hold this text; null when it was taken down.';


-- article_versions: two batches may store the same text of an article; the row that was captured first stands for it.
CREATE OR REPLACE VIEW article_versions AS
FROM articles
QUALIFY row_number() OVER (PARTITION BY article_id, version_id ORDER BY valid_from, capture_id) = 1;

COMMENT ON VIEW article_versions IS 'Every text that an article ever had, once: the row of its earliest capture.';


-- shown_at(t): for each article that is there at t, which rows show it. Text that goes A, B, A is A again.
CREATE OR REPLACE MACRO shown_at(t) AS TABLE
SELECT article_id, row_capture_id AS capture_id, seen_at AS last_seen
FROM (
    FROM sightings
    WHERE seen_at <= t::TIMESTAMPTZ
    QUALIFY row_number() OVER (PARTITION BY article_id ORDER BY seen_at DESC, batch_date DESC, capture_id DESC) = 1
)
WHERE outcome <> 'taken_down';

-- articles_asof(t): for example articles_asof('2026-11-20') or articles_asof(now() - INTERVAL 7 DAYS).
-- For children at that time: FROM claims SEMI JOIN articles_asof(t) USING (article_id, capture_id).
CREATE OR REPLACE MACRO articles_asof(t) AS TABLE
SELECT articles.*, last_seen
FROM articles
JOIN shown_at(t) USING (article_id, capture_id);

CREATE OR REPLACE VIEW articles_current AS FROM articles_asof('infinity');

COMMENT ON MACRO TABLE shown_at IS 'The capture_id whose rows show each article at time t, and when it was last seen up to then.';
COMMENT ON MACRO TABLE articles_asof IS 'Each article with the text that its last capture up to time t found; without those taken down by then.';
COMMENT ON VIEW articles_current IS 'Each article with the text that its last capture found; without those taken down.';
COMMENT ON COLUMN articles_current.last_seen IS 'When a capture last found this text.';


-- Children of the articles as they stand now, each once, also where two batches stored the same text.
CREATE OR REPLACE VIEW quotes_current AS FROM quotes SEMI JOIN shown_at('infinity') USING (article_id, capture_id);
CREATE OR REPLACE VIEW embeds_current AS FROM embeds SEMI JOIN shown_at('infinity') USING (article_id, capture_id);
CREATE OR REPLACE VIEW claims_current AS FROM claims SEMI JOIN shown_at('infinity') USING (article_id, capture_id);
CREATE OR REPLACE VIEW mentions_current AS FROM mentions SEMI JOIN shown_at('infinity') USING (article_id, capture_id);
CREATE OR REPLACE VIEW links_current AS FROM links SEMI JOIN shown_at('infinity') USING (article_id, capture_id);

COMMENT ON VIEW quotes_current IS 'The quotes of articles_current.';
COMMENT ON VIEW embeds_current IS 'The embedded posts of articles_current.';
COMMENT ON VIEW claims_current IS 'The claims of articles_current.';
COMMENT ON VIEW mentions_current IS 'The mentions of articles_current.';
COMMENT ON VIEW links_current IS 'The links of articles_current.';


-- changes: a sighting whose text differs from that of the article's sighting before it. An edit is declared when the
-- publisher gave a new modification date or a new correction note with it, else it was silent.
CREATE OR REPLACE VIEW changes AS
WITH turns AS (
    SELECT
        *,
        lag(version_id) OVER history AS old_version_id,
        lag(row_capture_id) OVER history AS old_capture_id,
        lag(seen_at) OVER history AS old_last_seen
    FROM sightings
    WHERE outcome <> 'taken_down'
    WINDOW history AS (PARTITION BY article_id ORDER BY seen_at, batch_date, capture_id)
    QUALIFY version_id <> old_version_id
)
SELECT
    turns.article_id,
    new.url,
    turns.old_version_id,
    turns.version_id AS new_version_id,
    old.headline AS old_headline,
    new.headline AS new_headline,
    turns.old_last_seen,
    turns.seen_at AS changed_at,
    (new.date_modified IS NOT NULL AND new.date_modified IS DISTINCT FROM old.date_modified)
        OR (new.correction_note IS NOT NULL AND new.correction_note IS DISTINCT FROM old.correction_note) AS declared,
    old.source_id AS old_source_id,
    new.source_id AS new_source_id,
    old.capture_id AS old_capture_id,
    new.capture_id AS new_capture_id,
    new.month
FROM turns
JOIN articles AS old ON old.article_id = turns.article_id AND old.capture_id = turns.old_capture_id
JOIN articles AS new ON new.article_id = turns.article_id AND new.capture_id = turns.row_capture_id;

COMMENT ON VIEW changes IS 'Each time an article was found with another text than before: old and new side by side.';
COMMENT ON COLUMN changes.article_id IS 'The article.';
COMMENT ON COLUMN changes.url IS 'Its address.';
COMMENT ON COLUMN changes.old_version_id IS 'The text before.';
COMMENT ON COLUMN changes.new_version_id IS 'The text after.';
COMMENT ON COLUMN changes.old_headline IS 'The headline before.';
COMMENT ON COLUMN changes.new_headline IS 'The headline after.';
COMMENT ON COLUMN changes.old_last_seen IS 'When the old text was last found: the edit was made after this.';
COMMENT ON COLUMN changes.changed_at IS 'When the new text was found: the edit was made before this.';
COMMENT ON COLUMN changes.declared IS 'Whether the publisher gave a new modification date or correction note with it; false is a silent edit.';
COMMENT ON COLUMN changes.old_source_id IS 'The source that the old text came from. Where it is not new_source_id, two sources may differ rather than the page.';
COMMENT ON COLUMN changes.new_source_id IS 'The source that the new text came from.';
COMMENT ON COLUMN changes.old_capture_id IS 'The capture_id of the rows in articles, quotes, claims ... that hold the old text.';
COMMENT ON COLUMN changes.new_capture_id IS 'The capture_id of the rows in articles, quotes, claims ... that hold the new text.';
COMMENT ON COLUMN changes.month IS 'The partition of the new rows.';


-- since(batch_or_time): for example since('2026-11-20 06:00') goes by when documents were captured, and
-- since('some-source-2026-11-20') by when they were loaded: what the batches of that date, of all sources, and later
-- batches brought. Text that went back to what it was then is not listed.
CREATE OR REPLACE MACRO since(batch_or_time) AS TABLE
WITH start AS (
    SELECT
        batch_or_time::VARCHAR AS asked,
        try_cast(asked AS TIMESTAMPTZ) AS moment,
        try_cast(right(asked, 10) AS DATE) AS day,
        CASE
            WHEN moment IS NULL AND day IS NULL
                THEN error('since(): ' || coalesce(asked, 'NULL') || ' is neither a time nor a batch id like source-2026-11-20')
        END AS refusal
),
before AS (
    SELECT sightings.*
    FROM sightings, start
    WHERE refusal IS NULL AND CASE WHEN moment IS NULL THEN batch_date < day ELSE seen_at < moment END
    QUALIFY row_number() OVER (PARTITION BY article_id ORDER BY seen_at DESC, batch_date DESC, sightings.capture_id DESC) = 1
)
SELECT CASE WHEN before.version_id IS NULL THEN 'new' ELSE 'changed' END AS change, articles_current.*
FROM articles_current
LEFT JOIN before ON before.article_id = articles_current.article_id
WHERE before.version_id IS DISTINCT FROM articles_current.version_id;

COMMENT ON MACRO TABLE since IS 'Rows of articles_current that are new, or have another text than then: since a time, or since the night of a batch.';


-- articles_unique: of the articles that are copies of one text the one that had it first, in whatever version it is now;
-- if that is there no more, or tells something else by now, the earliest of the copies, and of equal ones the longest.
-- It tells something else if its headlines, then and now, have words of four letters (or Han characters), but none in common. A text of less than
-- five words is nobody's copy.
CREATE OR REPLACE VIEW articles_unique AS
WITH clusters AS (
    SELECT article_id, version_id, cluster_id
    FROM duplicates
    WHERE NOT is_representative
    QUALIFY row_number() OVER (PARTITION BY article_id, version_id ORDER BY month, cluster_id) = 1
),
firsts AS (
    SELECT version_id AS cluster_id, article_id, any_value(headline) AS headline
    FROM articles
    WHERE version_id IN (SELECT cluster_id FROM duplicates)
    GROUP BY ALL
),
stories AS (
    SELECT cluster_id, article_id AS story_id
    FROM firsts
    JOIN articles_current AS present USING (article_id)
    WHERE present.version_id = cluster_id
        OR list_has_any(
            nullif(regexp_extract_all(lower(firsts.headline), '\p{Han}|[\p{L}\p{M}\p{N}]{4,}'), []),
            nullif(regexp_extract_all(lower(present.headline), '\p{Han}|[\p{L}\p{M}\p{N}]{4,}'), [])
        ) IS NOT FALSE
)
SELECT articles_current.*
FROM articles_current
LEFT JOIN clusters
    ON clusters.article_id = articles_current.article_id
    AND clusters.version_id = articles_current.version_id
    AND word_count >= 5
LEFT JOIN stories USING (cluster_id)
QUALIFY row_number() OVER (
    PARTITION BY coalesce(story_id, cluster_id, articles_current.article_id)
    ORDER BY
        articles_current.article_id IS DISTINCT FROM coalesce(story_id, articles_current.article_id),
        coalesce(published_on, valid_from::DATE), valid_from, word_count DESC, articles_current.article_id
) = 1;

COMMENT ON VIEW articles_unique IS 'The rows of articles_current without those that are copies of another article.';
COMMENT ON COLUMN articles_unique.last_seen IS 'When a capture last found this text.';


-- wire_copies: a version and what it repeats at another publisher: neither of the same host nor under the same name, or
-- of another source where neither is known. One row for each copy, also for those that are current no more.
CREATE OR REPLACE VIEW wire_copies AS
WITH named AS (
    FROM duplicates
    QUALIFY row_number() OVER (PARTITION BY article_id, version_id ORDER BY matched_version_id IS NULL, month) = 1
),
published AS (
    SELECT *, regexp_extract(lower(url), '^https?://(?:www\.)?([^/:?#]+)', 1) AS host FROM article_versions
)
SELECT
    duplicates.cluster_id,
    duplicates.kind,
    duplicates.similarity,
    duplicates.containment,
    duplicates.article_id,
    duplicates.version_id,
    copy.source_id,
    copy.publisher,
    copy.url,
    copy.headline,
    copy.published_on,
    duplicates.matched_article_id AS original_article_id,
    duplicates.matched_version_id AS original_version_id,
    original.source_id AS original_source_id,
    original.publisher AS original_publisher,
    original.url AS original_url,
    original.headline AS original_headline,
    original.published_on AS original_published_on,
    original.agencies AS original_agencies,
    duplicates.month
FROM named AS duplicates
JOIN published AS copy ON copy.article_id = duplicates.article_id AND copy.version_id = duplicates.version_id
JOIN published AS original
    ON original.article_id = duplicates.matched_article_id AND original.version_id = duplicates.matched_version_id
WHERE CASE
    WHEN copy.host <> '' AND original.host <> '' AND copy.host = original.host THEN false
    WHEN copy.publisher IS NOT NULL AND original.publisher IS NOT NULL THEN copy.publisher <> original.publisher
    WHEN copy.host <> '' AND original.host <> '' THEN true
    ELSE copy.source_id <> original.source_id
END;

COMMENT ON VIEW wire_copies IS 'Each text that another publisher had before, beside that earlier text.';
COMMENT ON COLUMN wire_copies.cluster_id IS 'The cluster: all copies of one text share it.';
COMMENT ON COLUMN wire_copies.kind IS 'exact: equal headline, description and text; near: most of the text.';
COMMENT ON COLUMN wire_copies.similarity IS 'Shingles that both texts have, of those of either.';
COMMENT ON COLUMN wire_copies.containment IS 'Share of the copy''s shingles that are in the original.';
COMMENT ON COLUMN wire_copies.article_id IS 'The copy.';
COMMENT ON COLUMN wire_copies.version_id IS 'Its version.';
COMMENT ON COLUMN wire_copies.source_id IS 'The source that it came from.';
COMMENT ON COLUMN wire_copies.publisher IS 'Who published it.';
COMMENT ON COLUMN wire_copies.url IS 'Its address.';
COMMENT ON COLUMN wire_copies.headline IS 'Its headline.';
COMMENT ON COLUMN wire_copies.published_on IS 'The day it was published on.';
COMMENT ON COLUMN wire_copies.original_article_id IS 'The article that had the text before: the earliest in the look-back window.';
COMMENT ON COLUMN wire_copies.original_version_id IS 'Its version.';
COMMENT ON COLUMN wire_copies.original_source_id IS 'The source that it came from.';
COMMENT ON COLUMN wire_copies.original_publisher IS 'Who published it.';
COMMENT ON COLUMN wire_copies.original_url IS 'Its address.';
COMMENT ON COLUMN wire_copies.original_headline IS 'Its headline.';
COMMENT ON COLUMN wire_copies.original_published_on IS 'The day it was published on.';
COMMENT ON COLUMN wire_copies.original_agencies IS 'The news agencies that it names.';
COMMENT ON COLUMN wire_copies.month IS 'The partition of the copy.';


-- source_stats: captures = extracted + unchanged + not_modified + rejected + failed + taken_down, or the ledger is off.
CREATE OR REPLACE VIEW source_stats AS
WITH batches AS (
    SELECT source_id, batch_id, month FROM captures
    UNION
    SELECT source_id, batch_id, month FROM runs
),
ledger AS (
    SELECT
        batch_id,
        count(*) AS captures,
        count(*) FILTER (outcome = 'extracted') AS extracted,
        count(*) FILTER (outcome = 'unchanged') AS unchanged,
        count(*) FILTER (outcome = 'not_modified') AS not_modified,
        count(*) FILTER (outcome = 'rejected') AS rejected,
        count(*) FILTER (outcome = 'taken_down') AS taken_down,
        histogram(outcome) AS outcomes
    FROM captures
    GROUP BY batch_id
),
written AS (
    SELECT batch_id, count(*) AS articles, histogram(coalesce(in_language, 'unknown')) AS languages
    FROM articles
    GROUP BY batch_id
),
refused AS (
    SELECT batch_id, count(*) AS rejects, histogram(reason) AS reasons FROM rejects GROUP BY batch_id
)
SELECT
    source_id,
    batch_id,
    try_cast(right(batch_id, 10) AS DATE) AS batch_date,
    coalesce(captures, 0) AS captures,
    coalesce(extracted, 0) AS extracted,
    coalesce(unchanged, 0) AS unchanged,
    coalesce(not_modified, 0) AS not_modified,
    coalesce(rejected, 0) AS rejected,
    coalesce(captures - extracted - unchanged - not_modified - rejected - taken_down, 0) AS failed,
    coalesce(taken_down, 0) AS taken_down,
    coalesce(outcomes, MAP {}) AS outcomes,
    coalesce(articles, 0) AS articles,
    coalesce(languages, MAP {}) AS languages,
    coalesce(rejects, 0) AS rejects,
    coalesce(reasons, MAP {}) AS reasons,
    month
FROM batches
LEFT JOIN ledger USING (batch_id)
LEFT JOIN written USING (batch_id)
LEFT JOIN refused USING (batch_id)
ORDER BY batch_date, source_id;

COMMENT ON VIEW source_stats IS 'What each source gave in each batch; a batch without captures has zeros.';
COMMENT ON COLUMN source_stats.source_id IS 'The source.';
COMMENT ON COLUMN source_stats.batch_id IS 'The batch.';
COMMENT ON COLUMN source_stats.batch_date IS 'Its date.';
COMMENT ON COLUMN source_stats.captures IS 'Documents that were loaded or asked for.';
COMMENT ON COLUMN source_stats.extracted IS 'Captures that gave an article row.';
COMMENT ON COLUMN source_stats.unchanged IS 'Captures with the text of the document''s capture before.';
COMMENT ON COLUMN source_stats.not_modified IS 'Captures that the server answered with 304.';
COMMENT ON COLUMN source_stats.rejected IS 'Captures that were refused, with a reason in rejects.';
COMMENT ON COLUMN source_stats.failed IS 'Captures with any other outcome; outcomes names them.';
COMMENT ON COLUMN source_stats.taken_down IS 'Captures of articles that were taken down.';
COMMENT ON COLUMN source_stats.outcomes IS 'Number of captures by outcome.';
COMMENT ON COLUMN source_stats.articles IS 'Rows in articles.';
COMMENT ON COLUMN source_stats.languages IS 'Number of those by language.';
COMMENT ON COLUMN source_stats.rejects IS 'Rows in rejects.';
COMMENT ON COLUMN source_stats.reasons IS 'Number of those by reason.';
COMMENT ON COLUMN source_stats.month IS 'The month of the batch''s date.';
