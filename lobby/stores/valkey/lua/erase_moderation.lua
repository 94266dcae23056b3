-- Removes a player from moderation. ARGV: player, then for each hash field that has the player: the name of the hash, the field, the
-- text that it must have, the new text (empty: drop it).
-- Returns: 1, or 0 if a text has changed in the meantime; then nothing was done.

for at = 2, #ARGV, 4 do
    if redis.call('HGET', base .. ':' .. ARGV[at], ARGV[at + 1]) ~= ARGV[at + 2] then return 0 end
end
redis.call('HDEL', base .. ':bans', ARGV[1])
redis.call('ZREM', base .. ':bans-by-number', ARGV[1])
redis.call('ZREM', base .. ':ban-ends', ARGV[1])
for at = 2, #ARGV, 4 do
    local name, field, text = base .. ':' .. ARGV[at], ARGV[at + 1], ARGV[at + 3]
    if text ~= '' then
        redis.call('HSET', name, field, text)
    else
        redis.call('HDEL', name, field)
        if ARGV[at] == 'reports' then
            redis.call('ZREM', base .. ':reports-by-number', field)
            redis.call('ZREM', base .. ':reports-unresolved', field)
            redis.call('ZREM', base .. ':reports-resolved', field)
        end
    end
end
return 1
