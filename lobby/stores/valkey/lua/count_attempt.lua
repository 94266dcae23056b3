-- Counts attempts within a sliding window.
-- ARGV: the name of the counter, the time (ms), how many attempts are allowed, the window (ms), an id of this attempt ('': count
-- none). A repeated call counts nothing, also if the attempt was refunded.
-- Returns: how long to wait (ms; 0: the attempt is allowed), how many attempts are left.

local key = base .. ':attempts:' .. ARGV[1]
local at, most, window = tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
redis.call('ZREMRANGEBYSCORE', key, '-inf', at - window)
redis.call('ZREMRANGEBYSCORE', key, '(' .. at + window, '+inf') -- the clock was set back, and nobody waits for the step
local made = redis.call('ZCARD', key)
local is_known = ARGV[5] ~= '' and (redis.call('ZSCORE', key, ARGV[5]) or redis.call('GET', base .. ':refunded:' .. ARGV[5]))
if is_known then return {0, most - made} end
if made >= most then return {tonumber(redis.call('ZRANGE', key, 0, 0, 'WITHSCORES')[2]) + window - at, 0} end
if ARGV[5] ~= '' then
    redis.call('ZADD', key, at, ARGV[5])
    redis.call('PEXPIRE', key, window)
    made = made + 1
end
return {0, most - made}
