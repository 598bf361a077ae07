%% The queue on the BEAM, in virtual time. main(Mode, Seed, Horizon):
%%   loop        everything is state of one process
%%   processes   the server is a process: its mailbox is the mailbox, a crash is exit(Pid, kill), and the process that
%%               keeps the time and plays the clients starts it again when it sees the EXIT. (OTP's supervisor would
%%               measure its budget in real seconds, in which thousands of crashes are played here.) A message to a
%%               busy server waits for nobody; to an idle one, and at the end of a service, the clock waits for what
%%               the server does next.
%% Timers are an ordered list: there are never more than four, and nothing in the library is quicker for so few.
-module(queue_beam).
-export([main/1]).

-define(ARRIVALS, 80.0).
-define(SERVICES, 100.0).
-define(CRASHES, 1.0).
-define(RESTARTS, 100.0).

-record(counts, {arrivals = 0, handled = 0, lost = 0, crashes = 0, restarts = 0, integral = 0.0, since = 0.0}).

main([Mode, SeedText, HorizonText]) ->
    rand:seed(exsss, list_to_integer(SeedText)),
    Horizon = list_to_float(HorizonText ++ ".0"),
    Counts = case Mode of
        "loop" -> loop([], 0.0, Horizon, down, 0, #counts{});
        "processes" -> processes(Horizon)
    end,
    io:format("{\"arrivals\": ~b, \"handled\": ~b, \"lost\": ~b, \"crashes\": ~b, \"restarts\": ~b, \"queue\": ~.9g}~n",
              [Counts#counts.arrivals, Counts#counts.handled, Counts#counts.lost, Counts#counts.crashes,
               Counts#counts.restarts, Counts#counts.integral / Horizon]),
    halt(0).

draw(Rate) -> -math:log(rand:uniform_real()) / Rate.

set(Time, What, [{First, _} = Timer | Rest]) when First < Time -> [Timer | set(Time, What, Rest)];
set(Time, What, Timers) -> [{Time, What} | Timers].

%% The number waiting was Waiting since the last change.
wait(Now, Waiting, Counts) ->
    Counts#counts{integral = Counts#counts.integral + Waiting * (Now - Counts#counts.since), since = Now}.

%% ---- one process: State is down, idle or busy ----------------------------------------------------------------------

loop([], Now, Horizon, down, 0, Counts) ->
    Timers = set(Now + draw(?CRASHES), crash, set(Now + draw(?ARRIVALS), arrival, [])),
    loop(Timers, Now, Horizon, idle, 0, Counts);
loop([{Now, _} | _], _, Horizon, _, Waiting, Counts) when Now >= Horizon -> wait(Horizon, Waiting, Counts);
loop([{Now, arrival} | Timers], _, Horizon, State, Waiting, Counts0) ->
    Next = set(Now + draw(?ARRIVALS), arrival, Timers),
    Counts = Counts0#counts{arrivals = Counts0#counts.arrivals + 1},
    case State of
        idle -> loop(set(Now + draw(?SERVICES), done, Next), Now, Horizon, busy, 0, Counts);
        _ -> loop(Next, Now, Horizon, State, Waiting + 1, wait(Now, Waiting, Counts))
    end;
loop([{Now, done} | Timers], _, Horizon, busy, Waiting, Counts0) ->
    take(Timers, Now, Horizon, Waiting, Counts0#counts{handled = Counts0#counts.handled + 1});
loop([{Now, crash} | Timers], _, Horizon, State, Waiting, Counts0) ->
    Counts = crashed(Now, State, Waiting, Counts0),
    Kept = lists:keydelete(done, 2, Timers),
    loop(set(Now + draw(?RESTARTS), restart, Kept), Now, Horizon, down, 0, Counts);
loop([{Now, restart} | Timers], _, Horizon, down, Waiting, Counts) ->
    Next = set(Now + draw(?CRASHES), crash, Timers),
    take(Next, Now, Horizon, Waiting, Counts#counts{restarts = Counts#counts.restarts + 1}).

take(Timers, Now, Horizon, 0, Counts) -> loop(Timers, Now, Horizon, idle, 0, Counts);
take(Timers, Now, Horizon, Waiting, Counts) ->
    loop(set(Now + draw(?SERVICES), done, Timers), Now, Horizon, busy, Waiting - 1, wait(Now, Waiting, Counts)).

crashed(Now, State, Waiting, Counts) ->
    Lost = Waiting + case State of busy -> 1; _ -> 0 end,
    wait(Now, Waiting, Counts#counts{crashes = Counts#counts.crashes + 1, lost = Counts#counts.lost + Lost}).

%% ---- real processes ----------------------------------------------------------------------------------------------------

processes(Horizon) ->
    process_flag(trap_exit, true),
    Timers = set(draw(?CRASHES), crash, set(draw(?ARRIVALS), arrival, [])),
    go_on(Timers, 0.0, Horizon, start_server(), 0, #counts{}).

start_server() ->
    Clock = self(),
    spawn_link(fun() -> busy(Clock) end).  % with init

idle(Clock) -> receive job -> Clock ! begins, busy(Clock) end.

busy(Clock) ->
    receive done -> ok end,  % jobs gather in the mailbox meanwhile
    receive
        job -> Clock ! begins, busy(Clock)
    after 0 -> Clock ! rests, idle(Clock)
    end.

play([{Now, _} | _], Horizon, _, _, Waiting, Counts) when Now >= Horizon -> wait(Horizon, Waiting, Counts);
play([{Now, arrival} | Timers], Horizon, Server, State, Waiting, Counts0) ->
    Next = set(Now + draw(?ARRIVALS), arrival, Timers),
    Counts = Counts0#counts{arrivals = Counts0#counts.arrivals + 1},
    case State of
        idle ->
            Server ! job,
            receive begins -> ok end,
            play(set(Now + draw(?SERVICES), done, Next), Horizon, Server, busy, 0, Counts);
        _ ->
            Server ! job,
            play(Next, Horizon, Server, State, Waiting + 1, wait(Now, Waiting, Counts))
    end;
play([{Now, done} | Timers], Horizon, Server, busy, Waiting, Counts0) ->
    go_on(Timers, Now, Horizon, Server, Waiting, Counts0#counts{handled = Counts0#counts.handled + 1});
play([{Now, crash} | Timers], Horizon, Server, State, Waiting, Counts0) ->
    Counts = crashed(Now, State, Waiting, Counts0),
    exit(Server, kill),
    receive {'EXIT', Server, killed} -> ok end,
    Kept = lists:keydelete(done, 2, Timers),
    play(set(Now + draw(?RESTARTS), restart, Kept), Horizon, start_server(), down, 0, Counts);
play([{Now, restart} | Timers], Horizon, Server, down, Waiting, Counts) ->
    Next = set(Now + draw(?CRASHES), crash, Timers),
    go_on(Next, Now, Horizon, Server, Waiting, Counts#counts{restarts = Counts#counts.restarts + 1}).

%% The server's work, or its init, is over.
go_on(Timers, Now, Horizon, Server, Waiting, Counts) ->
    Server ! done,
    receive
        begins ->
            Next = set(Now + draw(?SERVICES), done, Timers),
            play(Next, Horizon, Server, busy, Waiting - 1, wait(Now, Waiting, Counts));
        rests -> play(Timers, Horizon, Server, idle, 0, Counts)
    end.
