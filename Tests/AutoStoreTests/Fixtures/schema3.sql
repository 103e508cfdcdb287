-- A store as version 3 of the tables had it: a session that waits for a person, and one that has ended.
CREATE TABLE automation (id TEXT PRIMARY KEY, name TEXT NOT NULL, path TEXT NOT NULL, version_id INTEGER, created_at INTEGER NOT NULL DEFAULT 0, updated_at INTEGER NOT NULL DEFAULT 0, is_deleted INTEGER NOT NULL DEFAULT 0) STRICT;
INSERT INTO "automation" VALUES('3f2504e0-4f89-51d3-9a0c-0305e82c3301','Refund','/x/refund.auto',1,1,1,0);
CREATE TABLE cache (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
INSERT INTO "cache" VALUES('k','{"uint64Value":"7"}');
INSERT INTO "cache" VALUES('broken','{');
CREATE TABLE grdb_migrations (identifier TEXT NOT NULL PRIMARY KEY);
INSERT INTO "grdb_migrations" VALUES('1');
INSERT INTO "grdb_migrations" VALUES('2 leases');
INSERT INTO "grdb_migrations" VALUES('3 server');
CREATE TABLE holder (id TEXT PRIMARY KEY, until INTEGER NOT NULL) STRICT;
CREATE TABLE session (
    id TEXT PRIMARY KEY, automation_id TEXT NOT NULL REFERENCES automation (id),
    version_id INTEGER NOT NULL REFERENCES version (id), inputs TEXT NOT NULL, status TEXT NOT NULL, error TEXT,
    created_at INTEGER NOT NULL, updated_at INTEGER NOT NULL, lease_owner TEXT, cancel_requested INTEGER NOT NULL DEFAULT 0, waits INTEGER NOT NULL DEFAULT 0, wake_at INTEGER, answered INTEGER NOT NULL DEFAULT 0, outlives INTEGER NOT NULL DEFAULT 0) STRICT;
INSERT INTO "session" VALUES('018bcfe5-6800-7000-8000-000000000001','3f2504e0-4f89-51d3-9a0c-0305e82c3301',1,'{"doc":"aGVsbG8=","n":7,"x":2.0,"schema":{"$ref":"a"}}','RUNNING',NULL,10,11,NULL,0,1,NULL,0,0);
INSERT INTO "session" VALUES('018bcfe5-6800-7000-8000-000000000002','3f2504e0-4f89-51d3-9a0c-0305e82c3301',1,'{"doc":"aGVsbG8=","n":7,"x":2.0,"schema":{"$ref":"a"}}','FINISHED',NULL,10,11,NULL,0,0,NULL,0,0);
CREATE TABLE start_key (
    automation_id TEXT NOT NULL, key TEXT NOT NULL, inputs TEXT NOT NULL,
    session_id TEXT NOT NULL REFERENCES session (id) ON DELETE CASCADE,
    PRIMARY KEY (automation_id, key)) STRICT, WITHOUT ROWID;
INSERT INTO "start_key" VALUES('3f2504e0-4f89-51d3-9a0c-0305e82c3301','k','{"doc":"aGVsbG8=","n":7,"x":2.0,"schema":{"$ref":"a"}}','018bcfe5-6800-7000-8000-000000000001');
CREATE TABLE step (
    session_id TEXT NOT NULL REFERENCES session (id) ON DELETE CASCADE, ordinal INTEGER NOT NULL, id TEXT NOT NULL,
    step_index INTEGER NOT NULL, status TEXT NOT NULL, prompt TEXT, result TEXT, typed_result TEXT, error TEXT,
    error_kind TEXT, created_at INTEGER NOT NULL, updated_at INTEGER NOT NULL,
    PRIMARY KEY (session_id, ordinal)) STRICT, WITHOUT ROWID;
INSERT INTO "step" VALUES('018bcfe5-6800-7000-8000-000000000001',0,'018bcfe5-6800-7000-8000-000000000001',0,'FINISHED','{"type":"START"}','',NULL,NULL,NULL,11,12);
INSERT INTO "step" VALUES('018bcfe5-6800-7000-8000-000000000001',1,'018bcfe5-6800-7000-8000-000000010001',1,'FINISHED','{"type":"DATA_TRANSFORM","value":{"$ref":"a"}}','{"n":7,"t":"1.5s","b":"AP8="}','{"mapValue":{"entries":[{"key":{"stringValue":"n"},"value":{"uint64Value":"7"}},{"key":{"stringValue":"t"},"value":{"objectValue":{"@type":"type.googleapis.com/google.protobuf.Duration","value":"1.5s"}}},{"key":{"stringValue":"b"},"value":{"bytesValue":"AP8="}}]}}',NULL,NULL,11,12);
INSERT INTO "step" VALUES('018bcfe5-6800-7000-8000-000000000001',2,'018bcfe5-6800-7000-8000-000000020001',2,'RUNNING','{"type":"GET_USER_INPUT","message":"Refund?"}',NULL,NULL,NULL,NULL,11,12);
INSERT INTO "step" VALUES('018bcfe5-6800-7000-8000-000000000002',0,'018bcfe5-6800-7000-8000-000000000002',0,'FINISHED','{"type":"START"}','5',NULL,NULL,NULL,11,12);
INSERT INTO "step" VALUES('018bcfe5-6800-7000-8000-000000000002',1,'018bcfe5-6800-7000-8000-000000010002',1,'FAILED','{"type":"DATA_TRANSFORM"}',NULL,NULL,'no','failed',11,12);
CREATE TABLE token (
    id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, hash TEXT NOT NULL UNIQUE, scope TEXT NOT NULL,
    created_at INTEGER NOT NULL) STRICT;
INSERT INTO "token" VALUES(1,'page','00ff','run',5);
CREATE TABLE version (
    id INTEGER PRIMARY KEY, automation_id TEXT NOT NULL REFERENCES automation (id), text TEXT NOT NULL,
    steps TEXT NOT NULL, key TEXT, created_at INTEGER NOT NULL DEFAULT 0) STRICT;
INSERT INTO "version" VALUES(1,'3f2504e0-4f89-51d3-9a0c-0305e82c3301','automation "Refund"
START begin -> size
DATA_TRANSFORM size -> ask { prompt_template { value: 1 } }
GET_USER_INPUT ask -> end { prompt_template { message: "Refund?" } }
','[{"id":"5b0e1c5e-7c4f-5d6a-9f00-000000000001","name":"begin","type":"START","template":{"type":"START"},"created_at":1,"updated_at":1},{"id":"5b0e1c5e-7c4f-5d6a-9f00-000000000002","name":"size","type":"DATA_TRANSFORM","template":{"type":"DATA_TRANSFORM","value":"1"},"created_at":1,"updated_at":1},{"id":"5b0e1c5e-7c4f-5d6a-9f00-000000000003","name":"ask","type":"GET_USER_INPUT","template":{"type":"GET_USER_INPUT","message":"Refund?"},"created_at":1,"updated_at":1}]','7d444840-9dc0-51d1-b245-5ffdce74fad2',1);
CREATE INDEX version_automation ON version (automation_id);
CREATE INDEX session_created ON session (created_at);
CREATE INDEX session_status ON session (status);
CREATE INDEX session_automation ON session (automation_id, id);
CREATE INDEX session_due ON session (id) WHERE status IN ('NEW', 'RUNNING') AND waits = 0;
CREATE INDEX session_wake ON session (wake_at) WHERE wake_at IS NOT NULL;
CREATE INDEX session_holder ON session (lease_owner) WHERE lease_owner IS NOT NULL;
CREATE INDEX start_key_session ON start_key (session_id);
CREATE UNIQUE INDEX version_key ON version (key);
