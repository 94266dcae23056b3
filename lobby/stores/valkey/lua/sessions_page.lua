-- Reads the latest sessions of some lists. ARGV: created before (ms), or at that time with a lower id; that id (both empty: from
-- the
-- latest on), how many at most, then the lists, such as 1:WAITING:COOP.
-- Returns: how many sessions all lists have, then for each session: created at, id, session.

local before, below, limit = ARGV[1], ARGV[2], tonumber(ARGV[3])
local total, found = 0, {}
for i = 4, #ARGV do
    local place = base .. ':sessions:' .. ARGV[i]
    total = total + redis.call('ZCARD', place)
    local start = '+inf'
    if before ~= '' then start = before end
    local offset, wanted = 0, limit
    while wanted > 0 do
        local page = redis.call('ZREVRANGEBYSCORE', place, start, '-inf', 'WITHSCORES', 'LIMIT', offset, limit)
        for at = 1, #page, 2 do
            if before == '' or page[at + 1] ~= before or page[at] < below then
                found[#found + 1] = {page[at + 1], page[at]}
                wanted = wanted - 1
            end
        end
        if #page < 2 * limit then break end
        offset = offset + limit
    end
end
table.sort(found, function(a, b)
    if a[1] ~= b[1] then return tonumber(a[1]) > tonumber(b[1]) end
    return a[2] > b[2]
end)
local answer = {total}
for at = 1, math.min(limit, #found) do
    answer[#answer + 1] = found[at][1]
    answer[#answer + 1] = found[at][2]
    answer[#answer + 1] = redis.call('HGET', key('session', found[at][2]), 'j') or ''
end
return answer
