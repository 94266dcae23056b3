-- Ends the lease of a node that stops (ARGV[3]: 0), or forgets a node that is gone and whose players were all taken over (1).
-- ARGV: the node, its name.

if ARGV[3] == '0' then
    redis.call('ZADD', base .. ':nodes', 'XX', 0, ARGV[1])
    if redis.call('HGET', base .. ':places', ARGV[2]) == ARGV[1] then redis.call('HDEL', base .. ':places', ARGV[2]) end
else
    redis.call('ZREM', base .. ':nodes', ARGV[1])
    redis.call('HDEL', base .. ':nodes-since', ARGV[1])
    local places = redis.call('HGETALL', base .. ':places') -- one for each host, and read only when a node is forgotten
    for i = 1, #places, 2 do
        if places[i + 1] == ARGV[1] then redis.call('HDEL', base .. ':places', places[i]) end
    end
end
return 'OK'
