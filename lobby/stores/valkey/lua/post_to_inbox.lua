-- Writes posts into the inbox of a player, each once by its id. ARGV: player, a list of posts (see inbox.lua), how long entries are
-- kept (ms), how many, the epoch of a new inbox, when the call began (ms).
-- Returns: how many posts were written; -1: none, because the call comes late. Its posts may have been written and deleted since.

local player, posts = ARGV[1], cjson.decode(ARGV[2])
local keep = {ms = tonumber(ARGV[3]), count = tonumber(ARGV[4])}
if is_late(tonumber(ARGV[6])) then return -1 end
local known = {}
for _, entry in ipairs(redis.call('XRANGE', key('inbox', player), '-', '+')) do known[field(entry, 'i')] = true end
local written = 0
for _, post in ipairs(posts) do
    if not known[post.id] then
        known[post.id] = true
        append_to_inbox(player, post, keep, ARGV[5])
        written = written + 1
    end
end
return written
