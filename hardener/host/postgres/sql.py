"""The questions and statements for indexes in PostgreSQL; psql fills in the :'values'."""

FIND = """
SELECT jsonb_build_object('definition', pg_get_indexdef(c.oid), 'valid', i.indisvalid AND i.indisready,
                          'tablespace', coalesce(t.spcname, ''),
                          'comment', coalesce(obj_description(c.oid, 'pg_class'), ''))
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_index i ON i.indexrelid = c.oid
LEFT JOIN pg_tablespace t ON t.oid = c.reltablespace
WHERE n.nspname = :'schema' AND c.relname = :'name';
"""

SURVEY = """
SELECT jsonb_build_object(
  'user', current_user,
  'name', :'name'::name,
  'may_create', (SELECT has_schema_privilege(oid, 'CREATE')
                 FROM pg_namespace WHERE nspname = :'schema'),
  'tables', (SELECT jsonb_agg(n.nspname || '.' || c.relname)
             FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
             WHERE c.relkind IN ('r', 'p', 'm')
               AND n.nspname <> 'information_schema' AND n.nspname !~ '^pg_'),
  'table', (SELECT jsonb_build_object(
                'kind', c.relkind,
                'owner', pg_get_userbyid(c.relowner), 'ours', pg_has_role(c.relowner, 'USAGE'),
                'rows', c.reltuples::bigint, 'bytes', pg_total_relation_size(c.oid),
                'columns', (SELECT jsonb_agg(attname) FROM pg_attribute
                            WHERE attrelid = c.oid AND attnum > 0 AND NOT attisdropped))
            FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
            WHERE n.nspname = :'schema' AND c.relname = :'table' AND c.relkind IN ('r', 'p', 'm')),
  'namesake', (SELECT jsonb_build_object(
                   'table', coalesce(o.relname, ''),
                   'constraint', (SELECT conname FROM pg_constraint WHERE conindid = c.oid LIMIT 1),
                   'whole', (SELECT inhparent::regclass::text FROM pg_inherits WHERE inhrelid = c.oid),
                   'identity', i.indisreplident, 'clustered', i.indisclustered)
               FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
               LEFT JOIN pg_index i ON i.indexrelid = c.oid LEFT JOIN pg_class o ON o.oid = i.indrelid
               WHERE n.nspname = :'schema' AND c.relname = :'name'),
  'sessions', (SELECT jsonb_agg(jsonb_build_object('pid', pid, 'user', usename, 'program', application_name,
                   'state', state, 'seconds', extract(epoch FROM now() - xact_start)::int) ORDER BY pid)
               FROM pg_stat_activity
               WHERE datname = current_database() AND pid <> pg_backend_pid() AND xact_start IS NOT NULL
                 AND backend_type = 'client backend'
                 AND (state LIKE 'idle in transaction%' OR xact_start < now() - interval '60 seconds')));
"""

# The wanted index is made on an empty temporary copy of the table and read back as the server
# writes it; nothing of it is ever committed. Storage parameters that nobody asks for stay as they are.
PROBE = """
BEGIN;
SELECT format('CREATE TEMP TABLE hardener_probe (LIKE %I.%I) ON COMMIT DROP', :'schema', :'table') \\gexec
SELECT format('CREATE %sINDEX %I ON pg_temp.hardener_probe USING %I (%s)',
         CASE WHEN (s->>'unique')::boolean THEN 'UNIQUE ' ELSE '' END, s->>'name',
         coalesce(s->>'method', 'btree'),
         (SELECT string_agg(concat_ws(' ',
              coalesce(quote_ident(c->>'name'), '(' || (c->>'expression') || ')'),
              'COLLATE ' || (SELECT string_agg(quote_ident(p), '.')
                             FROM unnest(string_to_array(c->>'collate', '.')) AS p),
              (SELECT string_agg(quote_ident(p), '.') FROM unnest(string_to_array(c->>'opclass', '.')) AS p),
              CASE WHEN c->>'order' = 'desc' THEN 'DESC' END,
              'NULLS ' || upper(c->>'nulls')), ', ' ORDER BY at)
          FROM jsonb_array_elements(s->'columns') WITH ORDINALITY AS e(c, at)))
       || coalesce(' INCLUDE (' || (SELECT string_agg(quote_ident(x), ', ')
                                    FROM jsonb_array_elements_text(s->'include') AS x) || ')', '')
       || coalesce((SELECT ' WITH (' || array_to_string(c.reloptions, ', ') || ')'
                    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
                    JOIN pg_am a ON a.oid = c.relam
                    WHERE n.nspname = :'schema' AND c.relname = :'name'
                      AND a.amname = coalesce(s->>'method', 'btree')), '')
       || coalesce(' WHERE ' || (s->>'where'), '')
FROM (SELECT :'index'::jsonb AS s) AS given \\gexec
SELECT jsonb_build_object(
  'definition', format('CREATE %sINDEX %I ON %I.%I', CASE WHEN indisunique THEN 'UNIQUE ' ELSE '' END,
                       :'name', :'schema', :'table') || ' ' || body,
  'twin', (SELECT c.relname FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
           WHERE i.indrelid = format('%I.%I', :'schema', :'table')::regclass AND c.relname <> :'name'
             AND i.indisvalid AND i.indisunique = made.indisunique
             AND right(pg_get_indexdef(c.oid), length(body) + 1) = ' ' || body
           ORDER BY 1 LIMIT 1))
FROM (SELECT indisunique,
             substr(text, strpos(text, '.hardener_probe USING ') + length('.hardener_probe ')) AS body
      FROM (SELECT pg_get_indexdef(indexrelid) AS text, indisunique FROM pg_index
            WHERE indrelid = 'pg_temp.hardener_probe'::regclass) AS probe) AS made;
ROLLBACK;
"""

DUPLICATES = """
SELECT format('SELECT jsonb_build_object(''rows'', count(*)) FROM %I.%I WHERE %s GROUP BY %s '
         'HAVING count(*) > 1 LIMIT 1', :'schema', :'table',
         string_agg(term || ' IS NOT NULL', ' AND ') || coalesce(' AND (' || min(filter) || ')', ''),
         string_agg(term, ', '))
FROM (SELECT coalesce(quote_ident(c->>'name'), '(' || (c->>'expression') || ')') AS term,
             s->>'where' AS filter
      FROM (SELECT :'index'::jsonb AS s) AS given, jsonb_array_elements(s->'columns') AS c) AS terms \\gexec
"""

PATIENCE = "SET lock_timeout = :'lock_timeout';\nSET statement_timeout = :'statement_timeout';\n"
# An index is built under a name of its own and then takes the place: until then the old one serves.
# Renaming stops nobody, as REINDEX CONCURRENTLY knows; a failed build leaves what CLEAR drops.
_DROP = "SELECT format('DROP INDEX CONCURRENTLY IF EXISTS %%I.%%I', :'schema', :'%s') \\gexec\n"
_BUILD = """
SET default_tablespace = :'tablespace';
SELECT format('CREATE %sINDEX CONCURRENTLY %I ON ', unique_, :'new')
       || substr(:'definition', length(format('CREATE %sINDEX %I ON ', unique_, :'name')) + 1)
FROM (SELECT CASE WHEN :'definition' LIKE 'CREATE UNIQUE %' THEN 'UNIQUE ' ELSE '' END AS unique_) w \\gexec
"""
_PLACE = """
SELECT format('ALTER INDEX IF EXISTS %I.%I RENAME TO %I', :'schema', :'name', :'old') \\gexec
SELECT format('ALTER INDEX %I.%I RENAME TO %I', :'schema', :'new', :'name') \\gexec
SELECT format('COMMENT ON INDEX %I.%I IS %L', :'schema', :'name', :'comment') WHERE :'comment' <> '' \\gexec
"""
CLEAR = _DROP % "new" + _DROP % "old"
DROP = _DROP % "name"


def put(concurrently):
    """The statements that put an index in place of what has its name; at once they stop writers."""
    if concurrently:
        return CLEAR + _BUILD + "BEGIN;\n" + _PLACE + "COMMIT;\n" + _DROP % "old"
    return at_once(CLEAR + _BUILD + _PLACE + _DROP % "old")


def at_once(script):
    """The same in one transaction, which stops writers until it is done."""
    return "BEGIN;\n%sCOMMIT;\n" % script.replace(" CONCURRENTLY", "")
