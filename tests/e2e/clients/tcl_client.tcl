# Tcl's TDBC, which prepares whatever it runs: tcl_client.tcl DRIVER WAY [TARGET]. Each way reads user_ip_log three times.
lassign $argv driver way target
set sql "SELECT ip FROM user_ip_log WHERE user_id = 1"
package require tdbc::$driver
switch $driver {
  postgres { set options [list -host $env(PGHOST) -port $env(PGPORT) -user postgres -database postgres] }
  sqlite3 { set options [list $target] }
  odbc { set options [list $target] }
  mysql {
    set options [list -user root -database social]
    if {[string index $target 0] eq "/"} {
      lappend options -socket $target
    } else {
      lassign [split $target :] host port
      lappend options -host $host -port $port
    }
  }
}
tdbc::${driver}::connection create db {*}$options
for {set i 0} {$i < 3} {incr i} {
  if {$way eq "params"} {
    set id 1
    set rows [db allrows [string map {"= 1" "= :id"} $sql]]
  } else {
    set rows [db allrows $sql]
  }
  if {[llength $rows] != 4} { error "rows: $rows" }
}
db close
