-- Reads changes of the index of searches. ARGV: the number of the last change that the caller has, the number that the index had
-- when the caller began to read it (it does not know searches that ended before), how many changes at most.
-- Returns: the number of the latest change, then for each change: number, party, row (empty: it does not search). -1: the caller
-- must begin again.

local after, known_from, most = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local count = tonumber(redis.call('GET', base .. ':searches-count') or '0')
local trimmed = tonumber(redis.call('GET', base .. ':searches-trimmed') or '0')
if after > count or trimmed > math.max(after, known_from) then return {-1} end
local function read(name, from)
    return redis.call('ZRANGEBYSCORE', base .. ':' .. name, '(' .. from, '+inf', 'WITHSCORES', 'LIMIT', 0, most)
end
local found, ended = read('searches', after), read('searches-ended', math.max(after, known_from))
local answer, i, j = {count}, 1, 1
while #answer < 3 * most and (found[i] or ended[j]) do
    if not ended[j] or (found[i] and tonumber(found[i + 1]) < tonumber(ended[j + 1])) then
        answer[#answer + 1] = found[i + 1]
        answer[#answer + 1] = found[i]
        answer[#answer + 1] = redis.call('HGET', key('party', found[i]), 'q') or ''
        i = i + 2
    else
        answer[#answer + 1] = ended[j + 1]
        answer[#answer + 1] = ended[j]
        answer[#answer + 1] = ''
        j = j + 2
    end
end
return answer
