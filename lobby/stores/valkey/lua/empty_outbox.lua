-- Removes posts from the outbox of a player, after they were delivered. ARGV: player, then the posts as they are in the list.
-- A repeated call does nothing: each post has an id of its own. Returns: OK.

local name = key('outbox', ARGV[1])
for i = 2, #ARGV do redis.call('LREM', name, 1, ARGV[i]) end
if redis.call('EXISTS', name) == 0 then redis.call('ZREM', outboxes, ARGV[1]) end
return 'OK'
