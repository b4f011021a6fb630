# R's drivers, one way of calling per run: r_client.R --args DRIVER WAY [TARGET]. Each way reads user_ip_log three times.
LIT <- "SELECT ip FROM user_ip_log WHERE user_id = 1"
BOUND <- "SELECT ip FROM user_ip_log WHERE user_id = ?"
args <- commandArgs(trailingOnly = TRUE)
driver <- args[1]
way <- args[2]
target <- args[3]

enough <- function(frame) stopifnot(nrow(frame) == 4)

# Two rows at a time, as for a table that does not fit.
fetched <- function(c) {
  result <- DBI::dbSendQuery(c, LIT)
  rows <- 0
  while (!DBI::dbHasCompleted(result) && (n <- nrow(DBI::dbFetch(result, 2))) > 0) rows <- rows + n
  DBI::dbClearResult(result)
  stopifnot(rows == 4)
}

# A socket's path, or host:port.
mysql <- function() {
  if (startsWith(target, "/")) return(DBI::dbConnect(RMySQL::MySQL(), user = "root", dbname = "social", unix.socket = target))
  where <- strsplit(target, ":")[[1]]
  DBI::dbConnect(RMySQL::MySQL(), user = "root", dbname = "social", host = where[1], port = as.integer(where[2]))
}

odbc <- function() {
  c <- RODBC::odbcDriverConnect(target)
  for (i in 1:3) {
    if (way == "fetch") {
      RODBC::odbcQuery(c, LIT)
      stopifnot(nrow(RODBC::sqlGetResults(c, max = 2)) == 2, nrow(RODBC::sqlGetResults(c)) == 2)
    } else {
      enough(RODBC::sqlQuery(c, LIT))
    }
  }
  RODBC::odbcClose(c)
}

if (driver == "RODBC") {
  odbc()
} else {
  c <- switch(driver,
    RPostgreSQL = DBI::dbConnect(RPostgreSQL::PostgreSQL(), user = Sys.getenv("PGUSER"), dbname = Sys.getenv("PGDATABASE"),
                                 host = Sys.getenv("PGHOST"), port = Sys.getenv("PGPORT")),
    RMySQL = mysql(),
    RSQLite = DBI::dbConnect(RSQLite::SQLite(), target))
  for (i in 1:3) {
    if (way == "fetch") {
      fetched(c)
    } else if (way == "params") {
      enough(if (driver == "RSQLite") DBI::dbGetQuery(c, BOUND, params = list(1L))
             else DBI::dbGetQuery(c, sub("?", "$1", BOUND, fixed = TRUE), 1L))
    } else if (way == "search") {
      DBI::dbExecute(c, sprintf("CREATE VIRTUAL TABLE temp.s%d USING fts5(body)", i))
      DBI::dbExecute(c, sprintf("INSERT INTO s%d VALUES ('one two')", i))
      stopifnot(nrow(DBI::dbGetQuery(c, sprintf("SELECT body FROM s%d WHERE s%d MATCH 'two'", i, i))) == 1)
    } else if (way == "table") {
      stopifnot(nrow(DBI::dbReadTable(c, "user_ip_log")) == 5)
    } else {
      enough(DBI::dbGetQuery(c, LIT))
    }
  }
  invisible(DBI::dbDisconnect(c))
}
