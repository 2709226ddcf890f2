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
INSERT INTO nb_items OVERRIDING SYSTEM VALUE VALUES (1, 'users.ada.', 'settings', '"4bzL2tWifrzHYHn+Cq0CPdaE7nXLKSNsRbEc2jOQDN4AAgxhCb/RfuqX6GLPY/ANQJ+P2YxeMcLHxV15LV7XmLz509dE4KarWugoVix2Wg6p6CguR0bGcX4kZyuWzcPscuvuJ4o="', '2026-11-23 05:17:20.860141+00:00'::timestamptz, '2026-11-23 05:17:20.860141+00:00'::timestamptz, 1, NULL, NULL);
INSERT INTO nb_items OVERRIDING SYSTEM VALUE VALUES (2, 'users.ada.', 'notes', '"4bzL2tXr9aVW+j55gFcAVx0j9PxhPoOAhWu5t/SzUnIOtlPW2sp9KWUjFP/zKRBBctqcfaDpykklvcRPKe6A9/wL10q3umexYdgrB9uzKFJZIg9ypjpfLla4g3siSywFwwe0sVH6oMaWoGpmvSFIszcEdx5moXid4Vz+M4lFldsyMvu8H3p364tUle9TcJnDHsNTYYQivZzvLprcbc1Kzm8AUEJTN/zN2b1PB24YQ/BkxGCtMqovrEOTfshZYeTzHgkTxKhdLMD4KT8a1dStzCVBivIKmaUSdTYbjD5Dw3Jh/MFlIUTbrbH3arGTS5lydXk2KxIOkTfwewvGytOk94KRIxkgyKbRQ5NZypUTq9FF8IUT3in7JfzR8TuX6ULopgQHQ60RLtsY3rQq/netBdThoAj2HBffOH3USc87FKRy3R2aMEbJTlQcxrZRAOZP0gYjD/MQ/h2Gidp+54BU9hRjBhf/Q5xMw/jf54O5paj+S6VRo1ajC6x6IfQJAL9WlufKYbFTTi1n/Dc0Q1sBX8Nm6MBxxIlC1mVg4JX+TkC+IDG365vu81W9TnI8XdXaOrk94IxBiATxa5xsW2F93+d8dR4LDurPPnkwfAtku8PyxWV35z3xrYRZeZtNvqCQxhZfUw7mSUb+w0+CaxCGL/VLgORLbn1KHOWeV+0urUgmdFypMhUk/EWtMpN0WgiDLU5fBa5G//ntlfoRcgZqS0JAdOl/P6AHSj5l3R1JNa3oKFy3WjTKDC+zF5yyHgXrzVJLFFRLvJF3ULcVlW9/6HfCqacaDydAguqkzQ=="', '2026-11-23 05:17:20.871983+00:00'::timestamptz, '2026-11-23 05:17:20.871983+00:00'::timestamptz, 2, NULL, NULL);
INSERT INTO nb_items OVERRIDING SYSTEM VALUE VALUES (3, 'users.', 'Ω', '"4bzL2tWc7P5T+0WULAzE9deEj4Budj/THrSSPe+30wqhsx+iJeK/yckiXT3Dkz3TiIGA/lzrTrFOucPV/DzH5w=="', '2026-11-23 05:17:20.875985+00:00'::timestamptz, '2026-11-23 05:17:20.875985+00:00'::timestamptz, 3, NULL, NULL);
SELECT setval(pg_get_serial_sequence('nb_items', 'id'), max(id)), setval('nb_items_written', max(written)) FROM nb_items;
