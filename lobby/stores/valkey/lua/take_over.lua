-- Players of a node that is gone, each to one other node, which answers for them from now on: should it die too before it has
-- looked after them, they are taken over from it. ARGV: the node that is gone, the one that takes, how many at most.

local gone, node = key('held', ARGV[1]), key('held', ARGV[2])
local players = redis.call('SRANDMEMBER', gone, ARGV[3])
for _, player in ipairs(players) do
    redis.call('SREM', gone, player)
    redis.call('SADD', node, player)
    redis.call('HDEL', key('hold', player), ARGV[1])
    redis.call('HSETNX', key('hold', player), ARGV[2], '[[],0]')
end
return players
