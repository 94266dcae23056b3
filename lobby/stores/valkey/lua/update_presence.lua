-- Replaces what a node has published of a player. ARGV: player, node, the new text (empty: nothing), the time (ms) if the last
-- stream of the player on that node has just ended, else empty; the number of the call, which rises with each call of the node;
-- when the call began (ms).
-- Returns: 1. 0 if the call is refused, because the node counts as gone, or the call is late: a later one came before it.
--
-- hold:<player>: hash of node -> text, and '' -> when the last stream ended. held:<node>: set of players.
-- told:<player>:<node>: the number of the latest call, as long as a call may be late.
-- gone:<node>: its players were taken over, see take_over_players.lua. erased:<digest>: see inbox.lua.

local name, told = key('hold', ARGV[1]), key('told', ARGV[1] .. ':' .. ARGV[2])
if is_late(tonumber(ARGV[6])) or redis.call('EXISTS', key('gone', ARGV[2])) == 1 then return 0 end
if tonumber(redis.call('GET', told) or '0') > tonumber(ARGV[5]) then return 0 end
if redis.call('EXISTS', key('erased', redis.sha1hex(ARGV[1]))) == 1 then
    redis.call('DEL', name, told)
    redis.call('SREM', key('held', ARGV[2]), ARGV[1])
    return 1
end
redis.call('SET', told, ARGV[5], 'EX', REMEMBERED_S)
local ended_at = tonumber(redis.call('HGET', name, '') or '0')
if ARGV[4] ~= '' and tonumber(ARGV[4]) > ended_at then redis.call('HSET', name, '', ARGV[4]) end
if ARGV[3] == '' then
    redis.call('HDEL', name, ARGV[2])
    redis.call('SREM', key('held', ARGV[2]), ARGV[1])
    if redis.call('HLEN', name) == 1 then redis.call('HDEL', name, '') end
else
    redis.call('HSET', name, ARGV[2], ARGV[3])
    redis.call('SADD', key('held', ARGV[2]), ARGV[1])
end
return 1
