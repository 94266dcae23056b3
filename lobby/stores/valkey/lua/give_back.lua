-- Gives back what a commit that stands has given up in this partition. ARGV[1]: the plan. A repeated call does the same.

give_back(read_plan(ARGV[1]))
return 'OK'
