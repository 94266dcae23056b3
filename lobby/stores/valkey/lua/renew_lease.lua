-- Renews the lease of a node. Runs in partition 0. ARGV: node, its name, how long the lease is (ms), the node's time (ms), 1 if
-- this is its first call, when the call began (ms, by this server's clock).
-- Returns: this server's time (ms), whether the node's lease was still held, since when at least one node has been up without a
-- break, then nodes that are gone. Only the time if the call comes late, when its node has given up: a node that is gone does not
-- come back, nor does it end the lease of the next node of its name.
--
-- nodes: sorted set of node -> end of its lease, by this server's clock. nodes-since: node -> since when it has had a lease.
-- places: name of a node -> the node. time: the newest time of any node (ms), so that no later node begins before it.
-- A node takes over players only once it has had a lease for as long as a lease lasts. After a break of this server all leases
-- have ended, and every node must get the time to renew its own.

local LATE_MS = 10000

local now = server_ms()
local node, name, lease_ms = ARGV[1], ARGV[2], tonumber(ARGV[3])
local nodes, since = base .. ':nodes', base .. ':nodes-since'
if now - tonumber(ARGV[6]) > LATE_MS then return {now} end

-- A lease that ends later than one that begins now: this server's clock was set back. Such a lease begins again.
for _, other in ipairs(redis.call('ZRANGEBYSCORE', nodes, '(' .. now + lease_ms, '+inf', 'LIMIT', 0, 100)) do
    redis.call('ZADD', nodes, now + lease_ms, other)
end
-- An earlier node of the same name is gone, because only one can have it.
if ARGV[5] == '1' then
    local former = redis.call('HGET', base .. ':places', name)
    if former and former ~= node and redis.call('ZSCORE', nodes, former) then redis.call('ZADD', nodes, 0, former) end
    redis.call('HSET', base .. ':places', name, node)
end
if tonumber(ARGV[4]) > tonumber(redis.call('GET', base .. ':time') or '0') then redis.call('SET', base .. ':time', ARGV[4]) end
local ends_at = tonumber(redis.call('ZSCORE', nodes, node) or '0')
if redis.call('ZCOUNT', nodes, '(' .. now, '+inf') == 0 then redis.call('SET', base .. ':up-since', ARGV[4]) end
redis.call('ZADD', nodes, now + lease_ms, node)
local since_ms = tonumber(redis.call('HGET', since, node) or '0')
if ends_at <= now or since_ms > now then
    since_ms = now
    redis.call('HSET', since, node, now)
end
local answer = {now, 0, redis.call('GET', base .. ':up-since')}
if ends_at > now then answer[2] = 1 end
if now - since_ms >= lease_ms then
    for _, gone in ipairs(redis.call('ZRANGEBYSCORE', nodes, '-inf', now, 'LIMIT', 0, 100)) do answer[#answer + 1] = gone end
end
return answer
