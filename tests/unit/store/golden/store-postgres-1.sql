CREATE TABLE IF NOT EXISTS nb_store_format (version INTEGER NOT NULL);
CREATE SEQUENCE IF NOT EXISTS nb_items_written;
CREATE TABLE IF NOT EXISTS nb_items (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    namespace TEXT COLLATE "C" NOT NULL,
    key TEXT COLLATE "C" NOT NULL,
    value JSON NOT NULL,
    created TIMESTAMPTZ NOT NULL,
    updated TIMESTAMPTZ NOT NULL,
    written BIGINT NOT NULL DEFAULT nextval('nb_items_written'),
    ttl DOUBLE PRECISION,
    expires TIMESTAMPTZ,
    UNIQUE (namespace, key)
);
CREATE INDEX IF NOT EXISTS nb_items_expires ON nb_items (expires) WHERE expires IS NOT NULL;
INSERT INTO nb_store_format  VALUES (1);
INSERT INTO nb_items OVERRIDING SYSTEM VALUE VALUES (1, 'users.ada.', 'settings', '{"theme":"dark","text":"Grüße","numbers":[1,1e+22,-0.0,null,true]}', '2026-11-23 05:17:19.024114+00:00'::timestamptz, '2026-11-23 05:17:19.024114+00:00'::timestamptz, 1, NULL, NULL);
INSERT INTO nb_items OVERRIDING SYSTEM VALUE VALUES (2, 'users.ada.', 'notes', '{"text":"a longer text a longer text a longer text a longer text a longer text a longer text a longer text a longer text a longer text a longer text a longer text a longer text a longer text a longer text a longer text a longer text a longer text a longer text a longer text a longer text a longer text a longer text a longer text a longer text a longer text a longer text a longer text a longer text a longer text a longer text a longer text a longer text a longer text a longer text a longer text a longer text a longer text a longer text a longer text a longer text "}', '2026-11-23 05:17:19.036334+00:00'::timestamptz, '2026-11-23 05:17:19.036334+00:00'::timestamptz, 2, NULL, NULL);
INSERT INTO nb_items OVERRIDING SYSTEM VALUE VALUES (3, 'users.', 'Ω', '{"nested":{"deep":[{"er":{}}]}}', '2026-11-23 05:17:19.037606+00:00'::timestamptz, '2026-11-23 05:17:19.037606+00:00'::timestamptz, 3, NULL, NULL);
SELECT setval(pg_get_serial_sequence('nb_items', 'id'), max(id)), setval('nb_items_written', max(written)) FROM nb_items;
