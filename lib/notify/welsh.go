package notify

import "clearline/lib/call"

var welsh = words{
	on: "{time} ar {day} {month}",
	months: [12]string{
		"Ionawr", "Chwefror", "Mawrth", "Ebrill", "Mai", "Mehefin",
		"Gorffennaf", "Awst", "Medi", "Hydref", "Tachwedd", "Rhagfyr",
	},

	hidden:     "galwr sy'n cuddio ei rif",
	unnumbered: "galwr heb rif",
	named:      "{number}, sy'n galw ei hun yn “{name}”",

	incidentTitle: "{line}: efallai fod rhywun yn cael ei dwyllo",
	incident: "Cafodd {number} ({service}) ei ddeialu ar ffôn {line} am {time}, {when}. " +
		"Mae Clearline yn dod â phob galwad arall ar y llinell i ben, fel bod yr alwad yn cyrraedd {number} a neb arall.\n" +
		"Y galwr: {caller}.\n" +
		"Gwnewch yn siŵr fod y preswylydd yn iawn. Peidiwch â ffonio'r llinell i wneud hynny: mae ei hangen.",
	when: map[call.Way]string{
		call.WayGuarded: "yng nghanol galwad gyda rhywun anhysbys",
		call.WayConsult: "tra oedd Clearline yn holi am alwr anhysbys",
		call.WayFresh:   "yn fuan ar ôl galwad gan rywun anhysbys",
	},
	endTitle: "{line}: beth ddigwyddodd i'r alwad i {number}",
	end:      "Yr alwad o {line} i {number} ({service}) am {time}: {outcome}",
	outcomes: map[call.Outcome]string{
		call.OutcomeCleared:   "cafodd ei gwneud. Nid oedd neb arall ar y llinell bellach.",
		call.OutcomeUnproved:  "cafodd ei gwneud, ond nid yw'n sicr fod pawb arall wedi gadael y llinell. Gwiriwch ar unwaith gyda phwy mae'r preswylydd yn siarad.",
		call.OutcomeNotMade:   "NI chafodd ei gwneud: efallai fod rhywun arall ar y llinell o hyd. Dywedwyd wrth y preswylydd am ddefnyddio ffôn arall. Helpwch ar unwaith.",
		call.OutcomeExplained: "ni chafodd ei gwneud. Mae twyllwyr yn dweud wrth bobl am ddeialu'r rhif hwnnw; cafodd y preswylydd wybod hynny, a pha rifau sy'n gywir.",
		call.OutcomeAbandoned: "ni chafodd ei gwneud. Rhoddodd y preswylydd y ffôn i lawr yn gyntaf.",
		call.OutcomeTaken:     "y system ffôn a'i gwnaeth, am fod Clearline yn rhy araf. Nid yw'n sicr fod pawb arall wedi gadael y llinell.",
	},

	approvalTitle: "{line}: mae galwr yn aros",
	approval:      "Mae {caller} yn aros am {line} ers {time} ac wedi dweud pam. Mae angen penderfynu nawr, yn y consol.",
	messageTitle:  "{line}: gadawyd neges",
	message:       "Gadawodd {caller} neges i {line} am {time}. Gellir gwrando arni yn y consol.",
	pinTitle:      "{line}: efallai fod PIN wedi'i wasgu",
	pin: "Mewn galwad gyda rhywun anhysbys, pwyswyd {keys} o fysellau ar ffôn {line} am {time}. " +
		"Mae hynny'n edrych fel PIN. Cadwodd Clearline y bysellau rhag y galwr.\n" +
		"Y galwr: {caller}.\n" +
		"Siaradwch â'r preswylydd nawr.",

	failedTitle: "Clearline: mae {part} wedi methu",
	failed:      "Nid yw'r rhan {part} o Clearline yn iawn ers {time}: {why}. {needed}",
	needed:      "Tan hynny gall galwyr gyrraedd preswylwyr heb i neb ofyn dim iddynt; maent wedi'u marcio UNSCREENED.",
	unneeded:    "Mae Clearline yn dal i ofyn i alwyr pwy ydynt.",
	wellTitle:   "Clearline: mae {part} yn iawn eto",
	well:        "Mae'r rhan {part} o Clearline yn iawn eto ers {time}.",

	digestTitle: "Clearline: {n} neges arall",
	digest:      "Negeseuon ers {time} nas anfonwyd fesul un, am {reason}: {n}.{kinds}",
	reasons:     map[reason]string{forQuiet: "ei bod yn amser tawel", forFlood: "fod gormod ohonynt"},

	testTitle: "Clearline: prawf yw hwn",
	test:      "Prawf o'r negeseuon i {name}. Nid oes dim wedi digwydd.",
}
