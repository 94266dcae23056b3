-- Remembers which entries of parties were sent to the webhook. ARGV: when the call began (ms); then for each party its id, its position
-- of before, the seq up to which entries are sent now, when the next one may be sent (ms; empty: at once).
-- A repeated call does nothing: the position is another one by then. A late call does nothing. Returns: OK.

if is_late(tonumber(ARGV[1])) then return 'OK' end
local unsent, since = base .. ':unsent', base .. ':unsent-since'
for at = 2, #ARGV, 4 do
    local id, seq, retry_at = ARGV[at], tonumber(ARGV[at + 2]), ARGV[at + 3]
    local name = key('sent', id)
    if redis.call('GET', name) == ARGV[at + 1] then
        local before, replayed_at = string.match(ARGV[at + 1], '^(%d+) (%d+)$')
        if seq >= tonumber(redis.call('HGET', key('party', id), 'v') or '0') then
            redis.call('DEL', name)
            redis.call('ZREM', unsent, id)
            redis.call('ZREM', since, id)
        elseif seq > tonumber(before) or retry_at ~= '' then
            redis.call('SET', name, seq .. ' ' .. replayed_at)
            local following = redis.call('XRANGE', key('log', id), (seq + 1) .. '-0', '+', 'COUNT', 1)[1]
            local written_at
            for i = 1, following and #following[2] or 0, 2 do
                if following[2][i] == 'e' then written_at = cjson.decode(following[2][i + 1])[1] end
            end
            if written_at then redis.call('ZADD', since, written_at, id) end
            redis.call('ZADD', unsent, retry_at ~= '' and retry_at or written_at or 0, id)
        end
    end
end
return 'OK'
