-- What changed on the public list. ARGV: the number of the change heard last, how many at most.
-- Answers: the number of the newest change, then of each: number, party, serial, row. -1: too much was missed, or it is another
-- history than the asker knows: read the list anew.

local heard = tonumber(ARGV[1])
local count = tonumber(redis.call('GET', base .. ':news-count') or '0')
if heard == count then return {count} end
if heard > count then return {-1} end
local found = redis.call('XRANGE', news, (heard + 1) .. '-0', '+', 'COUNT', ARGV[2])
if #found == 0 or tonumber(string.match(found[1][1], '^%d+')) ~= heard + 1 then return {-1} end
local answer = {count}
for _, entry in ipairs(found) do
    answer[#answer + 1] = string.match(entry[1], '^%d+')
    for i = 2, 6, 2 do answer[#answer + 1] = entry[2][i] end
end
return answer
