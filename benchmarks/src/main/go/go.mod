module group

go 1.18
