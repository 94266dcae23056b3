-- Reads some keys of this partition with all their texts. ARGV: a cursor, about how many keys.
-- Returns: the next cursor (0: that was all), and for each key its name without that of the partition, and its texts.

local reply = redis.call('SCAN', ARGV[1], 'MATCH', base .. ':*', 'COUNT', ARGV[2])
local found = {}
for _, name in ipairs(reply[2]) do
    local kind = redis.call('TYPE', name).ok
    local texts = {}
    if kind == 'string' then texts = {redis.call('GET', name)}
    elseif kind == 'hash' then texts = redis.call('HGETALL', name)
    elseif kind == 'list' then texts = redis.call('LRANGE', name, 0, -1)
    elseif kind == 'set' then texts = redis.call('SMEMBERS', name)
    elseif kind == 'zset' then texts = redis.call('ZRANGE', name, 0, -1)
    elseif kind == 'stream' then
        for _, row in ipairs(redis.call('XRANGE', name, '-', '+')) do
            for at = 2, #row[2], 2 do table.insert(texts, row[2][at]) end
        end
    end
    table.insert(found, {string.sub(name, #base + 2), texts})
end
return {reply[1], found}
