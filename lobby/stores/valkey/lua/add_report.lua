-- Keeps a report. ARGV: id, its subject, "reporter key" (empty: no key), the report.
-- Returns: the report that is kept: this one, or the earlier one with the same subject or key.

local subjects = base .. ':report-subjects'
local earlier = redis.call('HGET', subjects, ARGV[2])
if not earlier and ARGV[3] ~= '' then earlier = redis.call('HGET', subjects, ARGV[3]) end
local text = earlier and redis.call('HGET', base .. ':reports', earlier)
if text then return text end
local number = redis.call('INCR', base .. ':report-number')
redis.call('HSET', subjects, ARGV[2], ARGV[1])
if ARGV[3] ~= '' then redis.call('HSET', subjects, ARGV[3], ARGV[1]) end
redis.call('HSET', base .. ':reports', ARGV[1], ARGV[4])
redis.call('ZADD', base .. ':reports-by-number', number, ARGV[1])
redis.call('ZADD', base .. ':reports-unresolved', number, ARGV[1])
return ARGV[4]
