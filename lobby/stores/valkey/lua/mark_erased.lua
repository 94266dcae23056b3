-- Remembers for a while that a player is erased, and deletes the inbox. ARGV: player. Returns: OK.
-- Calls about inboxes come at most COMMIT_MS late. The mark does not have the id.

redis.call('SET', key('erased', redis.sha1hex(ARGV[1])), 1, 'EX', REMEMBERED_S)
redis.call('DEL', key('inbox', ARGV[1]))
return 'OK'
