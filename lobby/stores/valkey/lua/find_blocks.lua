-- Blocks that may keep a player apart from others. ARGV: player, how many of the next are asked as blockers, these, then the others
-- whom the player may block. Returns: 1 if the player blocks one of those, else 0; then for each hint the blocker and its version.

local count = tonumber(ARGV[2])
local found = {0}
for i = 1, count do
    local version = redis.call('HGET', key('blocked-by', ARGV[1]), ARGV[2 + i])
    if version then
        found[#found + 1] = ARGV[2 + i]
        found[#found + 1] = version
    end
end
for i = 3 + count, #ARGV do
    if redis.call('SISMEMBER', key('block-ids', ARGV[1]), ARGV[i]) == 1 then found[1] = 1 end
end
return found
