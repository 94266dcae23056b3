-- ARGV: a key's name without the partition, what it must hold, what it then holds (empty: nothing), and when that expires
-- (ms; 0: not). Answers 1; 0: it holds something else.

local name = base .. ':' .. ARGV[1]
if redis.call('GET', name) ~= ARGV[2] then return 0 end
if ARGV[3] == '' then
    redis.call('DEL', name)
    redis.call('ZREM', expiry, ARGV[1])
else
    redis.call('SET', name, ARGV[3])
    if ARGV[4] ~= '0' then redis.call('ZADD', expiry, ARGV[4], ARGV[1]) end
end
return 1
