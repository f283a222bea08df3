module clickky

go 1.26.0
