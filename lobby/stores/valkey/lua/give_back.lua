-- What a commit that stands has given up in this partition. ARGV[1]: the plan. Asked twice it does the same.

give_back(read_plan(ARGV[1]))
return 'OK'
