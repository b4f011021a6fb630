# Perl's DBI, one way of calling per run: perl_client.pl DRIVER WAY [TARGET]. Each way reads user_ip_log three times, but for the cursor.
use strict;
use warnings;
use DBI qw(:sql_types);

my $LIT = 'SELECT ip FROM user_ip_log WHERE user_id = 1';
my $BOUND = 'SELECT ip FROM user_ip_log WHERE user_id = ?';
my ($driver, $way, $target) = @ARGV;

# A socket's path, or host:port, with :tls.
sub mysql_source {
	return "mysql_socket=$target" if $target =~ m{^/};
	my ($host, $port, $tls) = split /:/, $target;
	return "host=$host;port=$port" . ($tls ? ';mysql_ssl=1;mysql_ssl_optional=1' : '');
}

sub source {
	return 'dbi:Pg:' if $driver eq 'Pg';
	return "dbi:SQLite:dbname=$target" if $driver eq 'SQLite';
	return "dbi:ODBC:$target" if $driver eq 'ODBC';
	my $where = mysql_source();
	$where =~ s/mysql_ssl_optional=1/mariadb_ssl_optional=1/, $where =~ s/mysql_/mariadb_/g if $driver eq 'MariaDB';
	return "dbi:$driver:database=social;$where";
}

sub enough {
	my ($rows) = @_;
	die "$rows rows" unless $rows == 4;
}

# Row by row, as most programs do.
sub fetched {
	my ($st) = @_;
	my $rows = 0;
	while ($st->fetchrow_arrayref) { $rows++ }
	return $rows;
}

my $user = $driver eq 'mysql' || $driver eq 'MariaDB' ? 'root' : undef;
my $c = DBI->connect(source(), $user, undef, { RaiseError => 1, PrintError => 0, AutoCommit => $way eq 'cursor' ? 0 : 1 });
my %ways = (
	simple => sub { enough(scalar @{ $c->selectall_arrayref($LIT) }) for 1 .. 3 },
	params => sub { enough(scalar @{ $c->selectall_arrayref($BOUND, undef, 1) }) for 1 .. 3 },
	prepared => sub {
		my $st = $c->prepare($BOUND, $driver =~ /^(mysql|MariaDB)$/ ? { lc($1) . '_server_prepare' => 1 } : {});
		for (1 .. 3) {
			$st->bind_param(1, 1, SQL_INTEGER);
			$st->execute;
			enough(fetched($st));
		}
	},
	# Results that are read as they come.
	unstored => sub {
		for (1 .. 3) {
			my $st = $c->prepare($LIT, { lc($driver) . '_use_result' => 1 });
			$st->execute;
			enough(fetched($st));
		}
	},
	async => sub {
		for (1 .. 3) {
			$c->do($LIT, { pg_async => DBD::Pg::PG_ASYNC() });
			enough($c->pg_result);
		}
	},
	do => sub { $c->do('UPDATE user_ip_log SET ip = ip WHERE user_id = ?', undef, 1) for 1 .. 3 },
	cursor => sub {
		$c->do("DECLARE c CURSOR FOR $LIT");
		my $rows = 0;
		for (1 .. 3) {
			my $st = $c->prepare('FETCH 2 FROM c');
			$st->execute;
			$rows += fetched($st);
		}
		enough($rows);
		$c->do('CLOSE c');
		$c->commit;
	},
	copy_out => sub {
		for (1 .. 3) {
			$c->do('COPY user_ip_log TO STDOUT');
			my ($line, $rows) = ('', 0);
			while ($c->pg_getcopydata($line) >= 0) { $rows++ }
			die "$rows rows" unless $rows == 5;
		}
	},
	copy_in => sub {
		for (1 .. 3) {
			$c->do('COPY contacts FROM STDIN');
			$c->pg_putcopydata("8\t$_\n") for 1 .. 2;
			$c->pg_putcopyend;
		}
	},
	error => sub {
		for (1 .. 3) {
			eval { $c->selectall_arrayref('SELECT ip FROM user_ip_log WHERE nothing = 1') };
		}
	},
);
$ways{$way}->();
$c->disconnect;
