-- What a node knows of a player, in place of what it said last. ARGV: player, node, what it knows (empty: nothing), and the time
-- (ms) if the player's last stream on that node has just ended, else empty.
-- Answers when the player's last stream ended anywhere.
--
-- hold:<player>: hash of node -> what it knows, and '' -> when the last stream ended; held:<node>: set of players.

local name = key('hold', ARGV[1])
if ARGV[4] ~= '' then redis.call('HSET', name, '', ARGV[4]) end
local ended_at = redis.call('HGET', name, '') or '0'
if ARGV[3] == '' then
    redis.call('HDEL', name, ARGV[2])
    redis.call('SREM', key('held', ARGV[2]), ARGV[1])
    if redis.call('HLEN', name) == 1 then redis.call('HDEL', name, '') end
else
    redis.call('HSET', name, ARGV[2], ARGV[3])
    redis.call('SADD', key('held', ARGV[2]), ARGV[1])
end
return ended_at
