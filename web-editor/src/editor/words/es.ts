/** Español. */
import { placesEs } from "./places-es";
import type { Catalogue } from "./words";

export const es: Catalogue = {
  ...placesEs,
  app: { title: "Editor de flujos", skip: "Ir al flujo", flows: "Todos los flujos", loading: "Cargando…", menu: "Ajustes", docs: "API" },
  theme: { label: "Colores", auto: "Como el sistema", light: "Claro", dark: "Oscuro", contrast: "Alto contraste" },
  language: { label: "Idioma", en: "English", es: "Español" },
  home: {
    title: "Flujos", lead: "Elija un flujo para cambiarlo o empiece uno nuevo.", search: "Buscar flujos", none: "Ningún flujo se llama así.",
    new: "Flujo nuevo", name: "¿Cómo se llama?", kind: "¿Qué hace?", create: "Crear", cancel: "Cancelar", problems_one: "{{count}} problema", problems_other: "{{count}} problemas",
    failed: "No se pueden leer los flujos: {{why}}", hello: "¡Hola! Ha llamado a {{name}}.",
    kinds: { ivr: "Contesta llamadas", chatbot: "Contesta mensajes", routing: "Decide quién atiende", outbound: "Llama o escribe a personas", library: "Lo llaman otros flujos" },
  },
  engine: { loading: "Preparando el editor…", failed: "No se puede cargar el motor del editor, así que aquí no se puede comprobar ni cambiar nada: {{why}}" },
  bar: {
    undo: "Deshacer", redo: "Rehacer", outline: "Esquema", text: "Texto", problems: "Problemas", trial: "Probar", history: "Historial", sessions: "Sesiones", texts: "Textos", build: "Construir",
    save: "Guardar", tidy: "Ordenar", find: "Buscar", fit: "Mostrar todo", add: "Añadir un paso", command: "Órdenes", zoomIn: "Acercar", zoomOut: "Alejar", details: "Ajustes del paso",
  },
  saving: {
    saved: "Guardado", draft: "Aún sin guardar", saving: "Guardando…", offline: "Sin conexión; queda en este navegador", refused: "No guardado", mergedState: "Decida y guarde de nuevo",
    done: "Guardado.", merged: "Otra persona también guardó. Se conservan ambos cambios.", readOnly: "Este servidor no permite cambiar flujos; su borrador queda en este navegador.", draftFound: "Aquí está de nuevo lo que no había guardado.",
    conflict: "Otra persona cambió lo mismo. Ambas versiones están marcadas en el texto: decida y guarde de nuevo.",
  },
  canvas: {
    label: "Lienzo", help: "Las flechas recorren los caminos; Intro abre los ajustes; A añade un paso; C conecta una salida; Supr quita; ? muestra todas las teclas.",
    came_one: "{{count}} llegó", came_other: "{{count}} llegaron", untested: "sin prueba", parts: "se separa aquí", breakpoint: "Se detiene aquí",
    start: "Inicio", interrupts: "En cualquier momento", none: "Nada elegido", chosen: "{{name}}, {{type}}. {{exits}}", many_one: "{{count}} paso elegido", many_other: "{{count}} pasos elegidos",
    addTo: "Añadir un paso tras «{{exit}}» de {{name}}", falls: "va al camino de errores", ends: { end: "termina", hangup: "cuelga", return: "vuelve" },
    leads: "{{exit}} lleva a {{target}}", open: "{{exit}} no lleva a ninguna parte", stale: "El texto no se puede leer; este es el flujo como estaba.", empty: "Este flujo aún no tiene pasos.", problems_one: "{{count}} problema", problems_other: "{{count}} problemas",
    key: { title: "Teclas", close: "Cerrar" },
  },
  keys: {
    arrows: "Recorrer los caminos", enter: "Ajustes del paso", add: "Añadir un paso después", connect: "Conectar una salida", rename: "Cambiar el nombre", breakpoint: "Detener la prueba antes de este paso", remove: "Quitar los pasos elegidos",
    copy: "Copiar, cortar y pegar pasos como YAML", undo: "Deshacer y rehacer", save: "Guardar", find: "Buscar un paso", command: "Todas las órdenes", all: "Elegir todos los pasos", help: "Esta lista",
  },
  pick: {
    add: "Añadir un paso", connect: "¿Adónde lleva «{{exit}}»?", find: "Buscar un paso", command: "Órdenes", search: "Buscar", none: "Nada se llama así.", results_one: "{{count}} resultado", results_other: "{{count}} resultados", newStep: "Un paso nuevo…", nowhere: "A ninguna parte",
    endings: { end: "Terminar la conversación", hangup: "Colgar", return: "Volver al flujo que llamó" },
  },
  families: { talk: "Hablar", logic: "Decidir", data: "Datos", understand: "Comprender", call: "Llamada", care: "Atención", outbound: "Salida", extend: "Propios" },
  outline: { label: "Esquema del flujo", interrupts: "En cualquier momento", loose: "Ningún camino llega aquí", to: "→ {{name}}", nowhere: "aún a ninguna parte", addAfter: "Añadir un paso después de {{name}}" },
  details: {
    label: "Ajustes", none: "Elija un paso para ver sus ajustes.", many: "{{count}} pasos elegidos.", name: "Nombre", nameHelp: "Cómo lo llaman otros pasos.", title: "Título", titleHelp: "Se muestra en lugar del nombre.",
    ways: "Adónde va", more: "Más ajustes", less: "Menos ajustes", remove: "Quitar el paso", copy: "Duplicar", start: "Empezar aquí", isStart: "La conversación empieza aquí.", add: "Añadir", addItem: "Añadir una entrada", removeItem: "Quitar {{name}}", up: "Subir", down: "Bajar",
    unset: "Sin valor", default: "Normalmente {{value}}", key: "Nombre", value: "Valor", item: "Entrada {{number}}", kind: "Clase", required: "necesario", byChannel: "Distinto por canal", parts: "Hecho de partes", plain: "Texto simple", badJson: "Esto no es JSON válido.",
    phrases: "Separe con comas", channelDefault: "En todos los demás", settings: "Flujo", flowTitle: "Título del flujo", flowDescription: "Descripción", variables: "Variables", addVariable: "Variable nueva", close: "Cerrar", on: "Sí", off: "No", part: "Parte", yaml: "como JSON",
  },
  exits: {
    next: "después", no_input: "no dijo nada", no_match: "no se entendió", error: "algo falló", timeout: "tardó demasiado", else: "si no", empty: "no se encontró nada", none: "no se encontró nada", start: "empieza con",
    hangup: "colgó", open: "abierto", closed: "cerrado", holiday: "festivo", no_answer: "no contestó", busy: "comunica", rejected: "rechazada", failed: "falló", answered: "contestada",
  },
  problems: { label: "Problemas", none: "Sin problemas. Este flujo puede publicarse.", error: "Error", warning: "Aviso", hint: "Sugerencia", line: "línea {{line}}", fix: "Arreglar", errors_one: "{{count}} error", errors_other: "{{count}} errores", others_one: "{{count}} sugerencia", others_other: "{{count}} sugerencias" },
  text: { label: "Texto del flujo", file: "Archivo", loading: "Cargando el texto…", format: "Dar formato" },
  trial: {
    label: "Probar", channel: "Canal", voice: "Teléfono", webchat: "Chat", messaging: "Mensajes", video: "Videollamada", locale: "Idioma", restart: "Empezar de nuevo", silence: "Callar", hangup: "Colgar", say: "Decir algo", write: "Escribir un mensaje", send: "Enviar", speak: "Decir",
    keypad: "Teclas del teléfono", back: "Un paso atrás", forth: "Un paso adelante", keep: "Guardar como prueba", keepName: "¿Qué muestra?", keepIt: "Guardar", kept: "Guardado como {{name}}. Guarde para ponerlo en el servidor.", variables: "Variables", none: "Este flujo no tiene variables.", ended: "La conversación ha terminado: {{reason}}.", asks: "Se pregunta al servicio de «{{node}}». ¿Qué responde?", answer: "Responder", fails: "Falla", silent: "Nunca responde",
    now: "Ahora", clock: "Reloj de la prueba", transcript: "Conversación", youKeys: "pulsó {{keys}}", youSilence: "calló durante {{time}}", youHangup: "colgó", timer: "pasó el tiempo", result: "el servicio respondió", failed: "el servicio falló", connect: "Conecta con {{to}}", connected: "conexión: {{outcome}}", note: "Comunica: {{name}}", record: "Graba", recorded: "grabado", here: "Seguir desde aquí", inputs: "Entradas", mocks: "Respuestas de servicios", suggested: "Usar la respuesta de las pruebas", forget: "Preguntar de nuevo", cannot: "Aún no se puede probar: {{why}}", tests: "Ejecutar todas las pruebas", passed: "{{passed}} de {{all}} pruebas pasan", began: "Empieza la conversación", step: "Paso {{number}}", held: "Detenido antes de {{node}}", goOn: "Seguir", oneStep: "Un nodo más", breakpoint: "Detenerse antes de este paso", breakpointSet: "La prueba se detiene antes de {{node}}.", breakpointGone: "La prueba ya no se detiene antes de {{node}}.", covered: "Se recorren {{nodes}} de {{allNodes}} pasos y {{exits}} de {{allExits}} salidas.", showMissed: "Mostrar lo que ninguna prueba recorre", passes: "Pasa", doesNot: "No pasa", waits: "espera en {{node}}",
  },
  wording: {
    title: "Textos", search: "Buscar en los textos", show: "Mostrar", wish: { all: "Todo", missing: "Lo que falta", stale: "Lo desactualizado" }, key: "Texto", original: "Original", go: "Al paso {{name}}", missing: "falta", stale: "desactualizado", before: "Traduce: «{{text}}»", stillRight: "Sigue siendo correcto",
    missingCount_one: "falta {{count}}", missingCount_other: "faltan {{count}}", staleCount_one: "{{count}} desactualizado", staleCount_other: "{{count}} desactualizados", rows_one: "{{count}} texto", rows_other: "{{count}} textos", none: "Ningún texto es así.",
  },
  sessions: {
    list: "Sesiones grabadas", search: "Buscar en la lista", flow: "Flujo", thisFlow: "Este flujo", allFlows: "Todos los flujos", state: "Estado", anyState: "En curso y terminadas", active: "en curso", ended: "terminada", anyChannel: "Todos los canales", contact: "Dirección del contacto", none: "No hay sesiones así.", more: "Más", unknown: "contacto desconocido", turns_one: "{{count}} turno", turns_other: "{{count}} turnos",
    one: "Sesión", untold: "No se puede contar más: {{why}}", longer_one: "Solo se muestra el primer turno.", longer_other: "Solo se muestran los primeros {{count}} turnos.", timeline: "Momento de la sesión", first: "Al principio", last: "Al final", against: "Repetir con mi borrador",
    same_one: "Su borrador hace lo mismo en su {{count}} turno.", same_other: "Su borrador hace lo mismo en los {{count}} turnos.", broken: "No se puede repetir: {{why}}", parts: "Su borrador se separa en {{node}}, en el turno {{turn}}:",
    volumes: "Cuántas fueron por dónde", counted_one: "Se contó {{count}} sesión.", counted_other: "Se contaron {{count}} sesiones.", newest: "Solo se cuentan las más nuevas.", node: "Paso", cameHead: "Llegaron", endedHead: "Acabaron aquí", endedBy_one: "{{count}} {{reason}}", endedBy_other: "{{count}} {{reason}}", here_one: "{{count}} está aquí", here_other: "{{count}} están aquí",
  },
  history: {
    label: "Historial", draft: "Sus cambios desde que guardó", live: "Guardado, pero aún no publicado", none: "Nada cambia.", publish: "Publicar", schedule: "Programar", note: "¿Qué hay de nuevo?", author: "Su nombre", publishing: "Publicando…", published: "Publicado como versión {{number}}.", willPublish: "La versión {{number}} se publicará en su momento.", versions: "Versiones", version: "Versión {{number}}", isLive: "publicada", canary: "{{percent}} % de los contactos", scheduled: "desde {{at}}", rollback: "Volver a esta versión", rolledBack: "La versión {{number}} está publicada de nuevo.", empty: "Aún no se ha publicado nada.", preview: "Qué haría publicar", same: "Lo guardado ya está publicado.", unnoticed: "Nadie que llame o escriba lo notará.", saveFirst: "Guarde primero: solo se puede publicar lo guardado.", errors: "Hay que corregir los errores antes de publicar.", log: "Qué pasó", go: "Volver",
    waiting: "Conversaciones que esperan ahora", nobodyWaits: "Nadie espera.", moreWait: "Esperan más de las que se contaron.", waitAt_one: "{{count}} espera en {{node}}", waitAt_other: "{{count}} esperan en {{node}}", moves: "y sigue en {{node}} de la versión nueva, sin notarlo.", movesAnew: "y se le pregunta de nuevo en {{node}} de la versión nueva.", stays: "y termina en su propia versión: {{why}}",
    recent: "Comparado con conversaciones recientes", noRecent: "No hubo ninguna en los últimos días.", compared_one: "Se ejecutó {{count}} conversación reciente con lo guardado.", compared_other: "Se ejecutaron {{count}} conversaciones recientes con lo guardado.", goSame_one: "{{count}} sigue el mismo camino.", goSame_other: "{{count}} siguen el mismo camino.", goOther_one: "{{count}} iría por otro camino.", goOther_other: "{{count}} irían por otro camino.", cannotTell_one: "De {{count}} no se sabe.", cannotTell_other: "De {{count}} no se sabe.", partAt: "{{differ}} de {{came}} se separan en {{node}}", differing: "Las que irían por otro camino", then: "Antes", now: "Ahora",
    canaryRuns: "La versión {{number}} es para el {{percent}} % de los contactos.", guarded: "Se retira si falla más del {{percent}} % de sus conversaciones, después de {{after}}.", unguarded: "Nada la retira por sí solo.", promote: "Publicar para todos", takeBack: "Retirar", comes: "La versión {{number}} se publicará desde {{at}}.", doNot: "No hacerlo", moved: "{{moved}} conversaciones en espera siguieron en la versión {{number}}, {{stayed}} terminan en la suya.",
    actions: { published: "Se publicó la versión {{number}}", scheduled: "Se programó la versión {{number}}", canary: "La versión {{number}} se dio a algunos contactos", live: "La versión {{number}} se publicó en su momento", "rolled-back": "De vuelta a la versión {{number}}, o sin ella", promoted: "La versión {{number}} se publicó para todos", guard: "Se retiró la versión {{number}}, porque fallaban demasiadas conversaciones", moved: "Las conversaciones en espera pasaron a la versión {{number}}" },
    when: { label: "¿Para quién y cuándo?", now: "Para todos, ahora", later: "Para todos, desde un momento", moment: "¿Desde cuándo?", some: "Primero para algunos contactos", share: "Parte de los contactos, en porcentaje", guard: "Retirarla por sí sola cuando falle", failing: "Falla más de este porcentaje de sus conversaciones", after: "Después de tantas conversaciones terminadas", firstForAll: "La primera versión es para todos." },
  },
  people: {
    signIn: "Iniciar sesión", lead: "Los flujos los hacen personas que han iniciado sesión.", login: "Nombre de usuario", password: "Contraseña", enter: "Entrar", byToken: "Con un token de la API", token: "Token de la API", tokenLead: "Este servidor está protegido. Introduzca su token de la API o una clave de la API: queda solo en esta pestaña, hasta que la cierre.",
    choose: "Elija su contraseña", chooseLead: "La contraseña que recibió era para una sola vez.", old: "La contraseña que recibió", new: "Su nueva contraseña", rule: "{{count}} caracteres o más: una frase se recuerda bien.", keep: "Guardarla",
    title: "Personas", name: "Nombre", role: "Función", actions: "Qué hacer", waiting: "aún no ha entrado", invite: "Invitar", roleOf: "Función de {{name}}", reset: "Nueva contraseña", resetOf: "Una nueva contraseña para {{name}}", remove: "Quitar", removeOf: "Quitar a {{name}}",
    given: "{{name}} entra una vez con esta contraseña. No se mostrará de nuevo:", signOut: "Cerrar la sesión de {{name}}",
    roles: { admin: "Administración: todo", designer: "Diseño: construye y publica", author: "Autoría: escribe flujos y textos", reviewer: "Revisión: mira y publica", qa: "Calidad: convierte conversaciones en pruebas", viewer: "Consulta: mira los flujos" },
  },
};
