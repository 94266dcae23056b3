-- A node says that it is alive. In partition 0. ARGV: node, name of its place, how long the lease is (ms), the node's time (ms),
-- 1 if this is its first word.
-- Answers: whether its lease had not run out, since when the nodes have been up without a break, then nodes that are gone.
--
-- nodes: sorted set of node -> end of its lease, by this server's clock; nodes-since: node -> since when it has had one.
-- A node that has not had a lease for as long as one lasts takes nobody over: after a break of this server's all leases have run
-- out, and everyone is to have the time to say so.

local clock = redis.call('TIME')
local now = tonumber(clock[1]) * 1000 + math.floor(tonumber(clock[2]) / 1000)
local node, place, lease_ms = ARGV[1], ARGV[2], tonumber(ARGV[3])
local nodes, since = base .. ':nodes', base .. ':nodes-since'

-- What ran at the same place before is gone: two don't fit there.
if ARGV[5] == '1' then
    local former = redis.call('HGET', base .. ':places', place)
    if former and redis.call('ZSCORE', nodes, former) then redis.call('ZADD', nodes, 0, former) end
    redis.call('HSET', base .. ':places', place, node)
end
local ends_at = tonumber(redis.call('ZSCORE', nodes, node) or '0')
if redis.call('ZCOUNT', nodes, '(' .. now, '+inf') == 0 then redis.call('SET', base .. ':up-since', ARGV[4]) end
redis.call('ZADD', nodes, now + lease_ms, node)
if ends_at <= now then redis.call('HSET', since, node, now) end
local answer = {0, redis.call('GET', base .. ':up-since')}
if ends_at > now then answer[1] = 1 end
if now - tonumber(redis.call('HGET', since, node)) >= lease_ms then
    for _, gone in ipairs(redis.call('ZRANGEBYSCORE', nodes, '-inf', now, 'LIMIT', 0, 100)) do answer[#answer + 1] = gone end
end
return answer
