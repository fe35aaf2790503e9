-- Tombstones are deleted after a while. This is the highest version of all that were: a new SKU begins above it, for it may be one that came back.
CREATE TABLE sku_forgotten (version bigint NOT NULL);
INSERT INTO sku_forgotten (version) VALUES (0);

CREATE INDEX if_sku_deleted ON if_sku (deleted_at) WHERE deleted_at IS NOT NULL;
