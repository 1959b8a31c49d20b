INSERT INTO requests VALUES (1, 'key', 'words', 'https://example.com', 'fingerprint', 1, 0, '2026-11-23T12:00:00Z');
INSERT INTO agreed VALUES (1, 'vm', 0, 8000000000), (1, 'vm', 1, 8000000000), (1, 'vm', 2, 8000000000);
INSERT INTO attempts VALUES
  (1, 'vm-0-gp-aaaaaaaaaaaa', 1, 'vm', 0, 1, 'host-1',
   '{"location":null,"organization":null,"country":null,"gpu":"h100-sxm5-80gb","gpu_count":4,"vcpu":16,"ram_gb":64,"storage_gb":100,"ports":[[22,20000]],"public_ip":false}',
   8000000000, 8000000000, 'created', NULL, 'i-1', 0, 7999999999, '', '2026-11-23T12:00:01Z', 'boot'),
  (2, 'vm-1-gp-bbbbbbbbbbbb', 1, 'vm', 1, 1, 'host-2',
   '{"location":"l","organization":"o","country":"c","gpu":"h100-sxm5-80gb","gpu_count":4,"vcpu":16,"ram_gb":64,"storage_gb":100,"ports":[],"public_ip":true}',
   8000000000, 8000000000, 'sent', NULL, NULL, 1, NULL, 'no answer', '2026-11-23T12:00:02Z', NULL),
  (3, 'vm-2-gp-cccccccccccc', 1, 'vm', 2, 1, 'host-3',
   '{"location":null,"organization":null,"country":null,"gpu":"h100-sxm5-80gb","gpu_count":4,"vcpu":16,"ram_gb":64,"storage_gb":100,"ports":[[22,20001]],"public_ip":false}',
   8000000000, 8000000000, 'closed', 'refused', NULL, 0, NULL, 'sold out', '2026-11-23T12:00:03Z', 'boot');
INSERT INTO removals VALUES (1, 'i-9', 'vm-2-gp-cccccccccccc', 'surplus', 'left behind', 0);
INSERT INTO set_aside VALUES ('host-3', '2026-11-23T12:00:04Z', 'sold out');
