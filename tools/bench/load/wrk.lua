-- Sends the requests of a file in turn, again and again. Arguments: the file, and eight hex digits that are unique to the run.
-- A line of the file is: token, tab, body. A second tab in the body marks the position of an idempotency key.
local requests, at, sent, run = {}, 0, 0, ""
local KEY_CHARS = 36

-- Always the same for a client, as in a game: wrk.format has another order of the headers in each run.
local function head_of(token, length)
  local lines = {
    "POST " .. wrk.path .. " HTTP/1.1", "host: " .. wrk.headers["Host"], "content-type: application/json", "content-length: " .. length
  }
  if token ~= "" then lines[#lines + 1] = "authorization: Bearer " .. token end
  return table.concat(lines, "\r\n") .. "\r\n\r\n"
end

function init(args)
  run = args[2]
  for line in io.lines(args[1]) do
    local token, before, after = line:match("^([^\t]*)\t([^\t]*)\t?(.*)$")
    local length = #before + (after ~= "" and KEY_CHARS + #after or 0)
    local head = head_of(token, length) .. before
    requests[#requests + 1] = after ~= "" and { head, after } or head
  end
end

function request()
  at = at % #requests + 1
  local chosen = requests[at]
  if type(chosen) == "string" then return chosen end
  sent = sent + 1
  return chosen[1] .. string.format("%s-0000-4000-8000-%012d", run, sent) .. chosen[2]
end

function done(summary, latency, _)
  local e = summary.errors
  io.write(string.format(
    '\n{"requests":%d,"duration_us":%d,"failed":%d,"p50_us":%d,"p99_us":%d}\n',
    summary.requests, summary.duration, e.connect + e.read + e.write + e.timeout + e.status,
    latency:percentile(50), latency:percentile(99)
  ))
end
