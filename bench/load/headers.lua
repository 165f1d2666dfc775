-- Like basic.lua, with the headers of the command line too.
local headers = {}

function init(args)
  for line in io.lines(args[1]) do headers[#headers + 1] = line end
  math.randomseed(os.time() + tonumber(tostring({}):match("0x(%x+)"), 16) % 100000)
end

function request()
  wrk.headers["Authorization"] = headers[math.random(#headers)]
  wrk.headers["X-Forwarded-Proto"] = "https"
  return wrk.format("GET")
end
