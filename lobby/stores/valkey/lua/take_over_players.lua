-- Moves players of a node that is gone to one other node, which is responsible for them now. If that node dies before it has
-- handled them, they are taken over from it in turn. ARGV: the node that is gone, the other node, how many players at most, an id
-- of this call.
-- Returns: the players; those of the first call if a call is repeated. From then on calls of the node that is gone are refused,
-- or what it publishes late would outlive it.

local gone, node, moved = key('held', ARGV[1]), key('held', ARGV[2]), key('moved', ARGV[4])
local found = redis.call('GET', moved)
if found then return cjson.decode(found) end
if redis.call('EXISTS', key('gone', ARGV[2])) == 1 then return {} end
redis.call('SET', key('gone', ARGV[1]), 1, 'EX', REMEMBERED_S)
local players = redis.call('SRANDMEMBER', gone, ARGV[3])
for _, player in ipairs(players) do
    redis.call('SREM', gone, player)
    redis.call('SADD', node, player)
    redis.call('HDEL', key('hold', player), ARGV[1])
    redis.call('HSETNX', key('hold', player), ARGV[2], '[[],0]')
end
if #players > 0 then redis.call('SET', moved, cjson.encode(players), 'EX', REMEMBERED_S) end
return players
