-- A node that stops says so (ARGV[3]: 0), or nobody is left with a node that is gone (1). ARGV: the node, the name of its place.

if ARGV[3] == '0' then
    redis.call('ZADD', base .. ':nodes', 'XX', 0, ARGV[1])
    if redis.call('HGET', base .. ':places', ARGV[2]) == ARGV[1] then redis.call('HDEL', base .. ':places', ARGV[2]) end
else
    redis.call('ZREM', base .. ':nodes', ARGV[1])
    redis.call('HDEL', base .. ':nodes-since', ARGV[1])
end
return 'OK'
