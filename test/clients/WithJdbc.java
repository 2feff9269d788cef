// JDBC: enums as Types.OTHER, errors with all their parts, statements prepared by the server, binary transfer.
import java.io.StringReader;
import java.sql.*;
import java.util.*;
import org.postgresql.PGConnection;
import org.postgresql.util.PGobject;
import org.postgresql.util.PSQLException;
import org.postgresql.util.ServerErrorMessage;

public class WithJdbc {
	static int base;
	static String url;
	static Connection connection;

	enum Stage { visitor, lead, mql, sql, opportunity, customer, lost }

	static void say(String name, Object value) {
		System.out.println(name + "\t" + value);
	}

	static String number(Object x) {
		return x == null ? "-" : new java.math.BigDecimal(String.valueOf(x)).round(new java.math.MathContext(6)).stripTrailingZeros().toPlainString();
	}

	static String ask(Connection c, String query, Object... arguments) throws SQLException {
		try (PreparedStatement s = c.prepareStatement(query)) {
			for (int i = 0; i < arguments.length; i++)
				s.setObject(i + 1, arguments[i]);
			try (ResultSet r = s.executeQuery()) {
				r.next();
				return r.getString(1);
			}
		}
	}

	static String path(int i) throws SQLException {
		return ask(connection, "SELECT stage || ' ' || (SELECT string_agg(label, '>' ORDER BY at) FROM journey.events(journey)) FROM leads WHERE id = ?", base + i);
	}

	// An enum is sent as Types.OTHER, so that the server finds its type.
	static void move(PreparedStatement s, Stage stage, int i) throws SQLException {
		s.setObject(1, stage.name(), Types.OTHER);
		s.setInt(2, base + i);
		s.executeUpdate();
	}

	static String rows(String query) throws SQLException {
		StringJoiner all = new StringJoiner(",");
		try (Statement s = connection.createStatement(); ResultSet r = s.executeQuery(query)) {
			while (r.next())
				all.add(r.getString(1) + ":" + r.getString(2) + (r.getMetaData().getColumnCount() < 3 ? "" : ":" + number(r.getObject(3))));
		}
		return all.toString();
	}

	public static void main(String[] arguments) throws Exception {
		base = Integer.parseInt(arguments[0]);
		url = arguments[1];
		Properties login = new Properties();
		login.setProperty("user", "app");
		login.setProperty("password", System.getenv("PGPASSWORD"));
		say("version", DriverManager.getDriver(url).getMajorVersion() + "." + DriverManager.getDriver(url).getMinorVersion());
		connection = DriverManager.getConnection(url, login);
		connection.setAutoCommit(false);
		connection.createStatement().execute("SET journey.actor = 'jdbc'");
		connection.commit();

		// an enum comes as a string, an array of it as an array of strings
		try (PreparedStatement s = connection.prepareStatement("SELECT stage, wanted FROM leads WHERE id = ?")) {
			s.setInt(1, base + 1);
			ResultSet r = s.executeQuery();
			r.next();
			say("stage", Stage.valueOf(r.getString(1)));
			say("array", String.join(",", (String[]) r.getArray(2).getArray()));
		}

		// a move is an UPDATE
		PreparedStatement update = connection.prepareStatement("UPDATE leads SET stage = ? WHERE id = ?");
		move(update, Stage.mql, 1);
		connection.commit();
		say("moved", path(1));

		// sent as a string it would be a varchar
		try {
			ask(connection, "UPDATE leads SET stage = ? WHERE id = 0 RETURNING id", "sql");
		} catch (PSQLException error) {
			say("string", error.getSQLState());
		}
		connection.rollback();

		// an illegal one is a violated check
		try {
			move(update, Stage.customer, 1);
		} catch (PSQLException error) {
			ServerErrorMessage m = error.getServerErrorMessage();
			say("illegal", String.join("|", error.getSQLState(), m.getSchema(), m.getTable(), m.getColumn(), m.getMessage(), m.getDetail(), m.getHint()));
			say("class", org.postgresql.util.PSQLState.CHECK_VIOLATION.getState().equals(error.getSQLState()) ? "True" : "False");
		}
		connection.rollback();
		say("after", path(1));

		// a guard, and a savepoint that saves what was done before
		move(update, Stage.mql, 2);
		move(update, Stage.sql, 2);
		Savepoint point = connection.setSavepoint();
		try {
			move(update, Stage.opportunity, 2);
		} catch (PSQLException error) {
			say("guard", error.getServerErrorMessage().getDetail());
		}
		connection.rollback(point);
		connection.commit();
		say("saved", path(2));

		// rolled back, a move leaves no trace
		move(update, Stage.mql, 3);
		String inside = path(3);
		connection.rollback();
		say("rollback", inside + ", " + path(3));

		// the driver prepares on the server after five executions, and the server goes over to a generic plan after five more
		for (int i = 4; i < 14; i++)
			move(update, Stage.mql, i);
		connection.commit();
		try {
			move(update, Stage.customer, 4);
		} catch (PSQLException error) {
			connection.rollback();
		}
		move(update, Stage.sql, 4);
		connection.commit();
		say("prepared", rows("SELECT stage, count(*) FROM leads WHERE id BETWEEN " + (base + 4) + " AND " + (base + 13) + " GROUP BY stage ORDER BY stage"));

		// a batch: what was wrong is the next exception
		move(update, Stage.mql, 14);
		try {
			for (Stage stage : new Stage[] {Stage.sql, Stage.customer}) {
				update.setObject(1, stage.name(), Types.OTHER);
				update.setInt(2, base + 14);
				update.addBatch();
			}
			update.executeBatch();
		} catch (BatchUpdateException error) {
			PSQLException next = (PSQLException) error.getNextException();
			say("batch", error.getSQLState() + "|" + next.getServerErrorMessage().getColumn());
		}
		connection.rollback();

		// COPY is held to the rules as well
		try {
			connection.unwrap(PGConnection.class).getCopyAPI().copyIn("COPY leads (id, client, stage) FROM STDIN",
				new StringReader((base + 90) + "\tcopy\tcustomer\n"));
		} catch (PSQLException error) {
			say("copy", error.getServerErrorMessage().getMessage());
		}
		connection.rollback();

		// a funnel: its rows, and the whole as JSON, which arrives as text
		String funnel = "journey.funnel(journey, '{lead,mql,sql,customer}', '90 days')";
		say("steps", rows("SELECT s.label, s.reached, s.conversion FROM (SELECT " + funnel + " AS f FROM sales) q, journey.steps(q.f) s ORDER BY s.step"));
		String json = ask(connection, "SELECT " + funnel + "::jsonb FROM sales");
		java.util.regex.Matcher found = java.util.regex.Pattern.compile("\"reached\": \\[([^\\]]*)\\]").matcher(json);
		found.find();
		say("funnel", found.group(1).replace(" ", ""));

		// a journey as text, and its labels as an array
		try (Statement s = connection.createStatement();
			ResultSet r = s.executeQuery("SELECT journey, ARRAY(SELECT label FROM journey.events(journey)), journey::jsonb FROM hostile ORDER BY id")) {
			r.next();
			PGobject object = (PGobject) r.getObject(1);
			// the type is named without its schema when that is in the search path
			if (!object.getType().equals("journey"))
				throw new Exception(object.getType());
			say("journey", object.getValue());
			say("labels", String.join("|", (String[]) r.getArray(2).getArray()));
			r.next();
			String none = r.getObject(1) == null && r.getString(3) == null ? "NULL" : "?";
			r.next();
			say("none", none + " " + r.getString(1) + " " + r.getString(3));
			// and given back, as an object of its type
			PGobject mine = new PGobject();
			mine.setType("journey.journey");
			mine.setValue(object.getValue());
			say("given", ask(connection, "SELECT journey = ? FROM hostile WHERE id = 1", mine).equals("t") ? "True" : "False");
		}

		// a score and a survival curve
		try (Statement s = connection.createStatement();
			ResultSet r = s.executeQuery("SELECT score, journey.score_at(score, '2026-01-29Z') FROM leads WHERE id = " + (base + 1))) {
			r.next();
			say("score", r.getString(1) + " " + number(r.getDouble(2)));
		}
		StringJoiner curve = new StringJoiner(",");
		try (Statement s = connection.createStatement(); ResultSet r = s.executeQuery(
			"SELECT c.at_risk, c.events, c.survival FROM (SELECT journey.survival(journey, 'lead', '{customer}', '2026-02-01Z') AS s FROM sales) q, "
			+ "journey.curve(q.s) c ORDER BY c.time")) {
			while (r.next())
				curve.add(String.format(Locale.ROOT, "%d:%d:%.6f", r.getLong(1), r.getLong(2), r.getDouble(3)));
		}
		say("survival", curve);

		// binary transfer has to be asked for, by the number of the type; setBytes would be a bytea, so back it goes as text
		StringJoiner binary = new StringJoiner(",");
		String[][] sources = {{"journey", "SELECT journey, journey.journey_send(journey) FROM hostile WHERE id = 1"},
			{"score", "SELECT score, journey.score_send(score) FROM leads WHERE id = " + (base + 1)},
			{"funnel", "SELECT f, journey.funnel_send(f) FROM (SELECT " + funnel + " AS f FROM sales) s"},
			{"survival_curve", "SELECT f, journey.survival_curve_send(f) FROM (SELECT journey.survival(journey, 'lead', '{customer}', '2026-02-01Z') AS f FROM sales) s"}};
		for (String[] source : sources) {
			Properties more = (Properties) login.clone();
			more.setProperty("binaryTransferEnable", ask(connection, "SELECT CAST(CAST(? AS regtype) AS oid)", "journey." + source[0]));
			more.setProperty("prepareThreshold", "-1");
			try (Connection c = DriverManager.getConnection(url, more); PreparedStatement s = c.prepareStatement(source[1]); ResultSet r = s.executeQuery()) {
				r.next();
				binary.add(source[0] + " " + (Arrays.equals(r.getBytes(1), r.getBytes(2)) ? "True" : "False"));
			}
		}
		say("binary", binary);

		// sessions with different settings: the values are the same
		String[] settings = {"SET TimeZone = 'Asia/Tehran'; SET search_path = journey, public",
			"SET TimeZone = 'America/New_York'; SET IntervalStyle = 'sql_standard'; SET extra_float_digits = 0; SET search_path = ''"};
		Set<String> seen = new HashSet<>();
		for (int n = 0; n < 2; n++) {
			try (Connection c = DriverManager.getConnection(url, login); Statement s = c.createStatement()) {
				s.execute(settings[n] + "; SET journey.actor = 'jdbc pool " + n + "'");
				s.execute("UPDATE public.leads SET stage = 'mql' WHERE id = " + (base + 15 + n));
				seen.add(ask(c, "SELECT (SELECT journey::text FROM public.hostile WHERE id = 1) || score::text FROM public.leads WHERE id = ?", base + 1));
			}
		}
		say("pool", seen.size());
		connection.close();
		say("done", "");
	}
}
