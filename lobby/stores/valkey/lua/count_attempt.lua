-- An attempt that is counted for as long as a window lasts. ARGV: what it is counted under, the time, how many there may be, how
-- long the window is (ms), a name for this attempt or '' where none is to be taken.
-- Answers: the ms to wait, 0 for not at all; how many may still be taken.

local key = base .. ':attempts:' .. ARGV[1]
local at, most, window = tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
redis.call('ZREMRANGEBYSCORE', key, '-inf', at - window)
local made = redis.call('ZCARD', key)
if ARGV[5] ~= '' and redis.call('ZSCORE', key, ARGV[5]) then return {0, most - made} end
if made >= most then return {tonumber(redis.call('ZRANGE', key, 0, 0, 'WITHSCORES')[2]) + window - at, 0} end
if ARGV[5] ~= '' then
    redis.call('ZADD', key, at, ARGV[5])
    redis.call('PEXPIRE', key, window)
    made = made + 1
end
return {0, most - made}
